/** Clocks that disagree: what a second of margin covers, and what holds when one is five minutes off. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type IdempotentContext, idempotencyTableDefinition } from '../lib/index.ts';
import { createTable, newClient } from './support/dynamodb.ts';
import { Gate } from './support/fault-proxy.ts';
import { counting, deploy, type LambdaResponse, newKey, requestOf } from './support/forms.ts';

const minutes = 60_000;
const clockIs = (ahead: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ahead });
const typeOf = (response: LambdaResponse) => JSON.parse(response.body).error.type;

afterEach(() => {
  vi.useRealTimers();
});

/** An attempt that stands in its handler; its invocation has 2 s. */
async function running(commits: boolean) {
  const effects = await createTable(idempotencyTableDefinition);
  const gate = new Gate();
  let runs = 0;
  const deployed = await deploy('wrapper', async (_event: never, { idempotency }: IdempotentContext) => {
    const run = ++runs;
    if (run === 1) await gate.pass();
    const response = { statusCode: 201, headers: {}, body: `run ${run}` };
    return commits ? idempotency.commit(response, [{ Put: { TableName: effects, Item: { id: `run ${run}` } } }]) : response;
  });
  const key = newKey();
  const startedAt = Date.now();
  const first = deployed.lambda(requestOf({ key }), { getRemainingTimeInMillis: () => 2_000 });
  await gate.reached;
  const effectsThere = async () => (await newClient().send(new ScanCommand({ TableName: effects }))).Items?.map(({ id }) => id?.S);
  return { ...deployed, key, startedAt, first, open: () => gate.open(), effectsThere, runs: () => runs };
}

describe('a clock that is ahead', () => {
  it('by less than the margin takes over nothing that may still run', async () => {
    const { lambda, key, startedAt, first, open, runs } = await running(false);
    // The last moment of the first invocation, on a clock that is 900 ms ahead.
    vi.useFakeTimers({ toFake: ['Date'], now: startedAt + 2_000 + 900 });
    expect(typeOf(await lambda(requestOf({ key })))).toBe('idempotency_in_progress');
    expect(runs()).toBe(1);
    open();
    await first;
  });

  it('by five minutes takes over what still runs, and the overtaken attempt overwrites nothing', async () => {
    const { lambda, key, first, open, runs } = await running(false);
    clockIs(5 * minutes);
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, body: 'run 2' });
    vi.useRealTimers();
    open();
    expect(await first).toMatchObject({ body: 'run 2' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'run 2' });
    expect(runs()).toBe(2);
  });

  it('by five minutes makes no effect happen twice that is committed', async () => {
    const { lambda, key, first, open, effectsThere } = await running(true);
    clockIs(5 * minutes);
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'run 2' });
    vi.useRealTimers();
    open();
    expect(await first).toMatchObject({ body: 'run 2' });
    expect(await effectsThere()).toEqual(['run 2']);
  });

  it('by five minutes finds a response expired five minutes early', async () => {
    const { lambda } = await deploy('wrapper', counting(), { expiresInSeconds: 3_600 });
    const key = newKey();
    await lambda(requestOf({ key }));
    clockIs(56 * minutes);
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: '{"run":1}' });
    clockIs(5 * minutes);
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: '{"run":2}' });
  });
});

describe('a clock that is behind', () => {
  it('by five minutes finds a dead attempt running for five minutes more, and says how long', async () => {
    const { lambda, key, first, open } = await running(false);
    clockIs(-5 * minutes);
    const response = await lambda(requestOf({ key }));
    expect(typeOf(response)).toBe('idempotency_in_progress');
    expect(Number(response.headers?.['retry-after'])).toBeGreaterThan(300);
    open();
    await first;
  });

  it('replays a response all the same', async () => {
    const { lambda } = await deploy('wrapper', counting());
    const key = newKey();
    await lambda(requestOf({ key }));
    clockIs(-5 * minutes);
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: '{"run":1}', headers: { 'Idempotent-Replayed': 'true' } });
  });
});
