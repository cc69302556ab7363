/** What the clients send: with which methods a key comes by itself, and bodies that are, or are not, the same in a repeat. */
import ModernTreasury from 'modern-treasury';
import Stripe from 'stripe';
import { Svix } from 'svix';
import { describe, expect, it } from 'vitest';
import { startPaymentsApi } from './payments-api.ts';
import { modernTreasury, sdks, stripeClient } from './sdks.ts';

describe.concurrent('a key comes by itself', () => {
  const calls: readonly [client: string, call: (url: string) => Promise<unknown>[], methods: readonly string[]][] = [
    [
      'from stripe v1 with POST',
      url => {
        const { customers } = stripeClient(url);
        return [customers.create({}), customers.retrieve('x'), customers.del('x')];
      },
      ['POST'],
    ],
    [
      'from stripe v2 with POST and DELETE',
      url => {
        const client = stripeClient(url);
        return (['POST', 'GET', 'DELETE'] as const).map(method => client.rawRequest(method, '/v2/customers'));
      },
      ['DELETE', 'POST'],
    ],
    [
      'from modern-treasury with everything but GET',
      url => {
        const client = modernTreasury(url);
        const { ledgers } = client;
        return [ledgers.create({ name: 'x' }), ledgers.retrieve('x'), ledgers.update('x'), ledgers.delete('x'), client.put('/x')];
      },
      ['DELETE', 'PATCH', 'POST', 'PUT'],
    ],
    [
      'from svix with POST',
      url => {
        const { application } = new Svix('test', { serverUrl: url });
        return [
          application.create({ name: 'x' }),
          application.get('x'),
          application.upsert('x', { name: 'x' }),
          application.patch('x', {}),
          application.delete('x'),
        ];
      },
      ['POST'],
    ],
  ];
  it.for(calls)('%s', async ([_client, call, methods], { onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished);
    // Most of these have no route: what is sent is all that matters.
    const outcomes = await Promise.allSettled(call(api.url));
    expect(api.attempts).toHaveLength(outcomes.length);
    expect(
      api.attempts
        .filter(({ key }) => key !== undefined)
        .map(({ method }) => method)
        .sort(),
    ).toEqual(methods);
  });
});

describe.concurrent("fingerprint: 'payload'", () => {
  it.for(sdks.map(sdk => [sdk.name, sdk] as const))('knows a repeat of %s', async ([_name, sdk], { onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { faults: ['reset after'], options: { fingerprint: 'payload' } });
    const made = await sdk.connect(api.url).create('ACME & Söhne');
    expect(api.answers()).toEqual(['201', '201 replayed']);
    expect(await api.effects()).toMatchObject([{ id: made.id, name: 'ACME & Söhne' }]);
  });
});

describe.concurrent('an upload in multipart form, which has another boundary each time it is sent', () => {
  const upload = (url: string) =>
    modernTreasury(url).documents.create({
      documentable_id: 'x',
      documentable_type: 'counterparties',
      file: new File([new Uint8Array([0, 1, 254, 255])], 'scan.bin'),
    });

  it('is a repeat by its method and path', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { faults: ['reset after'] });
    const made = await upload(api.url);
    expect(api.answers()).toEqual(['201', '201 replayed']);
    expect(await api.effects()).toMatchObject([{ id: made.id }]);
    const [first, second] = api.attempts;
    expect(first?.contentType).toMatch(/^multipart\/form-data; boundary=/);
    expect(second?.body).not.toEqual(first?.body);
  });

  it('is another request by its payload', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { faults: ['reset after'], options: { fingerprint: 'payload' } });
    await expect(upload(api.url)).rejects.toBeInstanceOf(ModernTreasury.UnprocessableEntityError);
    expect(api.answers()).toEqual(['201', '422']);
  });
});

it('stripe, told never to try again, tries once more after a reset', async ({ onTestFinished }) => {
  const api = await startPaymentsApi(onTestFinished, { faults: ['reset after', 'reset after'] });
  await expect(stripeClient(api.url, { retries: 0 }).customers.create({ name: 'ACME' })).rejects.toBeInstanceOf(
    Stripe.errors.StripeConnectionError,
  );
  expect(api.answers()).toEqual(['201', '201 replayed']);
  expect(await api.effects()).toHaveLength(1);
});
