/** Clients as they are, when the network, the gateway or the API's own slowness comes between them and their answer. */
import { describe, expect, it, vi } from 'vitest';
import { clientThatTells } from '../support/dynamodb.ts';
import { Gate } from '../support/fault-proxy.ts';
import { newKey } from '../support/forms.ts';
import type { Fault } from './fault-gateway.ts';
import { startPaymentsApi, styles } from './payments-api.ts';
import { sdks } from './sdks.ts';

const cases = sdks.flatMap(sdk => styles.map(style => ({ name: sdk.name, sdk, style })));

describe.concurrent.each(cases)('$name, $style', ({ sdk, style }) => {
  const overcome: readonly [what: string, faults: readonly Fault[], answers: readonly string[]][] = [
    ['no fault', [], ['201']],
    ['a reset before the request arrived', ['reset before'], ['none', '201']],
    ['a reset after it was done', ['reset after'], ['201', '201 replayed']],
    ['a 503 of the gateway', ['unavailable'], ['none', '201']],
    ['a lost answer, and then a 503', ['reset after', 'unavailable'], ['201', 'none', '201 replayed']],
  ];
  it.for(overcome)('gets over %s by itself, with one effect', async ([_what, faults, answers], { onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { style, faults });
    const made = await sdk.connect(api.url).create('ACME');
    expect(api.answers()).toEqual(answers);
    expect(await api.effects()).toMatchObject([{ id: made.id, name: 'ACME' }]);
    const keys = api.attempts.map(({ key }) => key);
    expect(keys[0]).toMatch(sdk.ownKey);
    expect(new Set(keys)).toHaveProperty('size', 1);
  });

  it('is not told of success by half an answer, and gets the whole one when it is called again with the key', async ({
    onTestFinished,
  }) => {
    const api = await startPaymentsApi(onTestFinished, { style, faults: ['cut body'] });
    const client = sdk.connect(api.url);
    const key = newKey();
    await expect(client.create('ACME', key)).rejects.toBeInstanceOf(sdk.cutBodyError);
    expect(api.answers()).toEqual(['201']);
    const made = await client.create('ACME', key);
    expect(api.answers()).toEqual(['201', '201 replayed']);
    expect(await api.effects()).toMatchObject([{ id: made.id, name: 'ACME' }]);
  });

  it('that has no patience with a slow attempt gets its answer with the next one', async ({ onTestFinished }) => {
    const gate = new Gate();
    // The first attempt goes on when the second one has begun to wait for it.
    const client = clientThatTells('GetItemCommand', () => gate.open());
    const api = await startPaymentsApi(onTestFinished, { style, stand: () => gate.pass(), options: { client, waitMs: 10_000 } });
    const key = newKey();
    const impatient = sdk.connect(api.url, { timeoutMs: 2_000 });
    const first = impatient.create('ACME', key);
    if (!sdk.timesOutEachAttempt) {
      await expect(first).rejects.toBeInstanceOf(sdk.timeoutError);
      expect(api.attempts).toHaveLength(1);
    }
    const made = await (sdk.timesOutEachAttempt ? first : impatient.create('ACME', key));
    // The waiter may have its answer before the first attempt, to which nobody listens any more, has sent its own.
    await vi.waitFor(() => expect(api.answers()).toEqual(['201', '201 replayed']));
    expect(api.kinds().sort()).toEqual(['claimed', 'completed', 'replayed', 'waited']);
    expect(await api.effects()).toMatchObject([{ id: made.id, name: 'ACME' }]);
  });

  it('that gives up has made one thing all the same, and gets it with the key', async ({ onTestFinished }) => {
    const api = await startPaymentsApi(onTestFinished, { style, faults: ['reset after', 'reset after', 'reset after'] });
    const client = sdk.connect(api.url);
    const key = newKey();
    await expect(client.create('ACME', key)).rejects.toThrow();
    expect(api.answers()).toEqual(['201', '201 replayed', '201 replayed']);
    const made = await client.create('ACME', key);
    expect(await api.effects()).toMatchObject([{ id: made.id, name: 'ACME' }]);
  });
});
