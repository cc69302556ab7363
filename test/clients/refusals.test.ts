/** What is refused reaches each client as an error of its own, which says why, and never as a success. */
import { describe, expect, it, vi } from 'vitest';
import { gatewayResponse, gatewayResponseTypes } from '../../bin/gateway-responses.ts';
import { Gate } from '../support/fault-proxy.ts';
import { newKey } from '../support/forms.ts';
import { startPaymentsApi } from './payments-api.ts';
import { type Sdk, sdks } from './sdks.ts';

/** The problem in the error that `call` ends with, which is of the class that the client has for the status. */
async function refusalOf(sdk: Sdk, status: keyof Sdk['errors'], call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    reason => reason,
  );
  expect(error).toBeInstanceOf(sdk.errors[status]);
  return sdk.problemIn(error);
}

const conflict = {
  status: 422,
  type: 'idempotency_conflict',
  message: 'This Idempotency-Key has already been used with a different request.',
};
const inProgress = {
  status: 409,
  type: 'idempotency_in_progress',
  message: 'A request with this Idempotency-Key is still in progress.',
};

describe.concurrent.each(sdks)('$name', sdk => {
  it('gets a conflict at once, and the first answer after it', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished);
    const client = sdk.connect(api.url);
    const key = newKey();
    const made = await client.create('ACME', key);
    expect(await refusalOf(sdk, 422, client.createElsewhere('ACME', key))).toMatchObject(conflict);
    expect(await client.create('ACME', key)).toMatchObject({ id: made.id, name: 'ACME' });
    expect(api.answers()).toEqual(['201', '422', '201 replayed']);
    expect(await api.effects()).toHaveLength(1);
  });

  it('is told that its first request still runs, as often as it asks', async ({ onTestFinished }) => {
    const gate = new Gate();
    const api = await startPaymentsApi(onTestFinished, { stand: () => gate.pass(), options: { waitMs: 0 } });
    const key = newKey();
    const first = sdk.connect(api.url).create('ACME', key);
    await gate.reached;
    // Told to come back in half a minute, a client does that, or not.
    const again = sdk.connect(api.url, sdk.honoursRetryAfter ? { retries: 0 } : {}).create('ACME', key);
    expect(await refusalOf(sdk, 409, again)).toMatchObject(inProgress);
    gate.open();
    const made = await first;
    const refused = sdk.retriesA409 && !sdk.honoursRetryAfter ? ['409', '409', '409'] : ['409'];
    expect(api.answers()).toEqual(['201', ...refused]);
    expect(await sdk.connect(api.url).create('ACME', key)).toMatchObject({ id: made.id });
    expect(await api.effects()).toHaveLength(1);
  });

  it('asks again when DynamoDB does not answer, and is told so in the end', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { options: { tableName: 'no-such-table' } });
    const refusal = await refusalOf(sdk, 503, sdk.connect(api.url).create('ACME'));
    expect(refusal).toMatchObject({ status: 503, type: 'idempotency_unavailable' });
    expect(api.answers()).toEqual(['503', '503', '503']);
    expect(await api.effects()).toEqual([]);
  });

  it('is told at once of a key that can not be read', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished);
    const refusal = await refusalOf(sdk, 400, sdk.connect(api.url).create('ACME', 'one,two'));
    expect(refusal).toMatchObject({ status: 400, type: 'idempotency_key_invalid' });
    expect(api.answers()).toEqual(['400']);
    expect(await api.effects()).toEqual([]);
  });

  it.for(gatewayResponseTypes)(
    'makes an error of what a REST API answers by itself, and knows why: %s',
    async (name, { onTestFinished }) => {
      const api = await startPaymentsApi(onTestFinished, { faults: [name, name, name] });
      const call = sdk.connect(api.url).create('ACME');
      const refusal = await call.then(() => expect.unreachable('a success'), sdk.problemIn);
      const { status = refusal.status, body } = gatewayResponse(name);
      expect(refusal).toMatchObject({ status, ...JSON.parse(body).error });
      expect(api.attempts).toHaveLength(status >= 500 || (status === 429 && sdk.retriesA429) ? 3 : 1);
      expect(await api.effects()).toEqual([]);
    },
  );

  it('takes what an HTTP API answers by itself for what its status says, if it reads the status', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { faults: ['unavailable', 'unavailable', 'unavailable'] });
    const outcome = sdk.connect(api.url).create('ACME');
    if (sdk.knowsErrorsBy === 'status') await expect(outcome).rejects.toBeInstanceOf(sdk.errors[503]);
    else expect(await outcome).toEqual({ message: 'Service Unavailable' });
    expect(api.attempts).toHaveLength(3);
    expect(await api.effects()).toEqual([]);
  });
});

describe.concurrent.each(sdks.filter(({ retriesA409 }) => retriesA409))('$name, told that its first request still runs', sdk => {
  it('asks again by itself, and gets the answer that has come meanwhile', async ({ onTestFinished }) => {
    const gate = new Gate();
    const api = await startPaymentsApi(onTestFinished, {
      stand: () => gate.pass(),
      options: { waitMs: 0 },
      // The less time an attempt is given, the sooner it is over, which is what Retry-After says.
      ...(sdk.honoursRetryAfter ? { limitMs: 4_000 } : {}),
    });
    const key = newKey();
    const first = sdk.connect(api.url).create('ACME', key);
    await gate.reached;
    const again = sdk.connect(api.url).create('ACME', key);
    await vi.waitFor(() => expect(api.answers()).toEqual(['none', '409']), { timeout: 10_000 });
    gate.open();
    const made = await first;
    expect(await again).toMatchObject({ id: made.id, name: 'ACME' });
    expect(api.answers()).toEqual(['201', '409', '201 replayed']);
    expect(await api.effects()).toHaveLength(1);
    const [, refused, repeated] = api.attempts;
    const waitedMs = (repeated?.arrivedAt ?? 0) - (refused?.arrivedAt ?? 0);
    const retryAfterMs = (refused?.answer?.retryAfter ?? 0) * 1000;
    // Without a limit of the test's own it is half a minute: a client that waited for that would not be back in this test.
    expect(retryAfterMs).toBeGreaterThanOrEqual(4_000);
    if (sdk.honoursRetryAfter) expect(waitedMs).toBeGreaterThanOrEqual(retryAfterMs - 10);
  });
});
