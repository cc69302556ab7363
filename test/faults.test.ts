/** What the network, DynamoDB and time can do to one request, on DynamoDB Local behind a proxy that does it. */
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IdempotencyOptions } from '../lib/index.ts';
import { dynamoDbEndpoint, newClient } from './support/dynamodb.ts';
import { type Fault, type FaultProxy, Gate, serverError, startFaultProxy, throttled, transactionConflict } from './support/fault-proxy.ts';
import { counting, deploy, formNames, type Handler, type LambdaResponse, newKey, requestOf } from './support/forms.ts';
import { overtaken } from './support/overtaken.ts';

const marker = 'Idempotent-Replayed';
const answer = (body: string) => ({ statusCode: 201, headers: {}, body });
const typeOf = (response: LambdaResponse) => JSON.parse(response.body).error.type;
const itemsIn = async (tableName: string) => (await newClient().send(new ScanCommand({ TableName: tableName }))).Items ?? [];

let proxy: FaultProxy;
beforeEach(async () => {
  proxy = await startFaultProxy(dynamoDbEndpoint());
});
afterEach(async () => {
  vi.useRealTimers();
  await proxy.stop();
});

const lostEitherWay: readonly [string, Fault][] = [
  ['lost before DynamoDB heard of it', { kind: 'lost-before' }],
  ['applied, and its answer lost', { kind: 'lost-after' }],
  ['met by a server error', serverError],
  ['throttled', throttled],
];

describe.each(formNames)('%s', form => {
  const set = (handler: Handler, options: IdempotencyOptions = {}, maxAttempts = 3) =>
    deploy(form, handler, { client: newClient({ endpoint: proxy.endpoint, maxAttempts }), ...options });

  it('makes as few round trips as it can: 2 first, 1 for a replay, 1 for a conflict, 2 for a failure', async () => {
    const { lambda } = await set(counting(run => ({ statusCode: run === 1 ? 201 : 500, headers: {}, body: '' })));
    const key = newKey();
    const trips = async (facts: Parameters<typeof requestOf>[0]) => {
      const before = proxy.calls.length;
      await lambda(requestOf(facts));
      return proxy.operations().slice(before);
    };
    expect(await trips({ key })).toEqual(['PutItem', 'PutItem']);
    expect(await trips({ key })).toEqual(['PutItem']);
    expect(await trips({ key, path: '/other' })).toEqual(['PutItem']);
    expect(await trips({ key: newKey() })).toEqual(['PutItem', 'DeleteItem']);
    expect(await trips({ method: 'GET', key })).toEqual([]);
    expect(await trips({})).toEqual([]);
    expect(await trips({ key: '' })).toEqual([]);
  });

  it('makes one more each way for a large body, and none for its conflict', async () => {
    const noise = Array.from({ length: 4_000 }, () => newKey()).join();
    const { lambda } = await set(counting(() => answer(noise)));
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(proxy.operations()).toEqual(['PutItem', 'BatchWriteItem', 'PutItem']);
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: noise, headers: { [marker]: 'true' } });
    expect(proxy.operations().slice(3)).toEqual(['PutItem', 'BatchGetItem']);
    expect(await lambda(requestOf({ key, path: '/other' }))).toMatchObject({ statusCode: 422 });
    expect(proxy.operations().slice(5)).toEqual(['PutItem']);
  });

  it.each(lostEitherWay)('gets over a claim that is %s', async (_what, fault) => {
    proxy.inject('PutItem', fault);
    const handler = counting();
    const { lambda, kinds } = await set(handler);
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, headers: { [marker]: 'true' } });
    expect(handler.runs).toBe(1);
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it.each(lostEitherWay)('gets over a completion that is %s', async (_what, fault) => {
    proxy.inject('PutItem', fault, { skip: 1 });
    const { lambda, kinds } = await set(counting());
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: '{"run":1}', headers: { [marker]: 'true' } });
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it.each(lostEitherWay)('gets over a release that is %s', async (_what, fault) => {
    proxy.inject('DeleteItem', fault);
    const { lambda, tableName, kinds } = await set(counting(() => ({ statusCode: 500, headers: {}, body: '' })));
    await lambda(requestOf({ key: newKey() }));
    expect(await itemsIn(tableName)).toEqual([]);
    expect(kinds()).toEqual(['claimed', 'released']);
  });

  it.each(lostEitherWay)('gets over a body that is %s', async (_what, fault) => {
    proxy.inject('BatchWriteItem', fault);
    const noise = Array.from({ length: 4_000 }, () => newKey()).join();
    const { lambda } = await set(counting(() => answer(noise)));
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: noise });
  });

  it('goes on with a completion when the SDK has given up, and recognises it as applied', async () => {
    proxy.inject('PutItem', { kind: 'lost-after' }, { skip: 1 });
    const { lambda, kinds } = await set(counting(), {}, 1);
    await lambda(requestOf({ key: newKey() }));
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem', 'PutItem']);
    expect(kinds()).toEqual(['claimed', 'completed']);
  });

  it('sends and asks again for the rest of a body that DynamoDB took or gave in part', async () => {
    const noise = Array.from({ length: 40_000 }, () => newKey()).join();
    const { lambda } = await set(counting(() => answer(noise)));
    proxy.inject('BatchWriteItem', { kind: 'answer', from: ({ RequestItems }) => ({ UnprocessedItems: RequestItems }) }, { times: 2 });
    proxy.inject(
      'BatchGetItem',
      { kind: 'answer', from: ({ RequestItems }) => ({ Responses: {}, UnprocessedKeys: RequestItems }) },
      { times: 2 },
    );
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: noise });
    expect(proxy.operations()).toEqual([
      'PutItem',
      ...Array(3).fill('BatchWriteItem'),
      'PutItem',
      'PutItem',
      ...Array(3).fill('BatchGetItem'),
    ]);
  });

  it('shows nobody an answer whose body is not all there', async () => {
    const noise = Array.from({ length: 40_000 }, () => newKey()).join();
    const handler = counting(() => answer(noise));
    const { lambda, tableName } = await set(handler);
    const key = newKey();
    await lambda(requestOf({ key }));
    const [bodyItem] = (await itemsIn(tableName)).filter(item => item.part !== undefined);
    await newClient().send(new DeleteItemCommand({ TableName: tableName, Key: { id: bodyItem?.id ?? { S: '' } } }));
    const response = await lambda(requestOf({ key }));
    expect([response.statusCode, typeOf(response)]).toEqual([503, 'idempotency_unavailable']);
    expect(handler.runs).toBe(1);
  });

  it('gives body items the time to live of their record', async () => {
    const noise = Array.from({ length: 40_000 }, () => newKey()).join();
    const { lambda, tableName } = await set(counting(() => answer(noise)));
    await lambda(requestOf({ key: newKey() }));
    const items = await itemsIn(tableName);
    expect(items.length).toBeGreaterThan(2);
    expect(new Set(items.map(({ ttl }) => ttl?.N)).size).toBe(1);
    expect(items.filter(({ part }) => (part?.B?.byteLength ?? 0) > 400 * 1024)).toEqual([]);
  });

  it('does not run the handler when it can not learn whether its claim was written, and the claim holds the key', async () => {
    proxy.inject('PutItem', { kind: 'lost-after' });
    const handler = counting();
    const { lambda } = await set(handler, {}, 1);
    const key = newKey();
    const response = await lambda(requestOf({ key }));
    expect([response.statusCode, typeOf(response)]).toEqual([503, 'idempotency_unavailable']);
    const repeat = await lambda(requestOf({ key }));
    expect([repeat.statusCode, typeOf(repeat)]).toEqual([409, 'idempotency_in_progress']);
    expect(handler.runs).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
  });

  it('answers within the time that is left when DynamoDB does not', async () => {
    proxy.inject('PutItem', { kind: 'hang' }, { times: 3 });
    const { lambda } = await set(counting());
    const startedAt = performance.now();
    expect(await lambda(requestOf({ key: newKey() }), { getRemainingTimeInMillis: () => 900 })).toMatchObject({ statusCode: 503 });
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  it('answers within the time that is left when DynamoDB throttles for longer than the invocation lives', async () => {
    proxy.inject('PutItem', throttled, { times: 1_000 });
    const handler = counting();
    const { lambda } = await set(handler, {}, 20);
    const startedAt = performance.now();
    expect(await lambda(requestOf({ key: newKey() }), { getRemainingTimeInMillis: () => 900 })).toMatchObject({ statusCode: 503 });
    expect(performance.now() - startedAt).toBeLessThan(900);
    expect(handler.runs).toBe(0);
  });

  it('does not try again, nor run the handler, without permission', async () => {
    proxy.inject('PutItem', { kind: 'error', status: 400, name: 'AccessDeniedException' });
    const handler = counting();
    const { lambda, events } = await set(handler);
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 503 });
    expect(proxy.operations()).toEqual(['PutItem']);
    expect(events).toMatchObject([
      { kind: 'unavailable', error: { retryable: false, message: expect.stringContaining('AccessDeniedException') } },
    ]);
    expect(handler.runs).toBe(0);
  });

  it('gives the client its response when the completion fails for good, and holds the key until the lease ends', async () => {
    proxy.inject('PutItem', { kind: 'lost-before' }, { skip: 1, times: 100 });
    const handler = counting();
    const { lambda, events } = await set(handler, {}, 1);
    const key = newKey();
    const context = { getRemainingTimeInMillis: () => 600 };
    expect(await lambda(requestOf({ key }), context)).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    expect(events.at(-1)).toMatchObject({ kind: 'not_stored', level: 'error', error: { operation: 'complete' } });
    expect(proxy.operations().length).toBeGreaterThan(3);
  });

  it('passes a failure on when its release fails for good, and holds the key until the lease ends', async () => {
    proxy.inject('DeleteItem', { kind: 'lost-before' }, { times: 100 });
    const { lambda, events } = await set(
      counting(() => ({ statusCode: 500, headers: {}, body: 'sorry' })),
      {},
      1,
    );
    const key = newKey();
    expect(await lambda(requestOf({ key }), { getRemainingTimeInMillis: () => 1_000 })).toMatchObject({ statusCode: 500, body: 'sorry' });
    expect(events.at(-1)).toMatchObject({ kind: 'not_released', level: 'error', error: { operation: 'release' } });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 409 });
  });

  it('does not send again what can not succeed', async () => {
    proxy.inject('PutItem', { kind: 'error', status: 400, name: 'AccessDeniedException' }, { skip: 1, times: 100 });
    const { lambda, kinds } = await set(counting());
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 201 });
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem']);
    expect(kinds()).toEqual(['claimed', 'not_stored']);
  });

  it('reads the record when a transaction is in the way of a claim, and decides on that', async () => {
    const { lambda, kinds } = await set(counting());
    const key = newKey();
    await lambda(requestOf({ key }));
    proxy.inject('PutItem', transactionConflict);
    expect(await lambda(requestOf({ key }))).toMatchObject({ headers: { [marker]: 'true' } });
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem', 'PutItem', 'GetItem']);
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it('claims again when a transaction was in the way and left nothing', async () => {
    const { lambda } = await set(counting());
    proxy.inject('PutItem', transactionConflict);
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
  });

  it('gives up its place, and runs nothing, when a transaction is in the way again and again', async () => {
    const handler = counting();
    const { lambda } = await set(handler);
    proxy.inject('PutItem', transactionConflict, { times: 100 });
    const response = await lambda(requestOf({ key: newKey() }));
    expect([response.statusCode, typeOf(response)]).toEqual([409, 'idempotency_in_progress']);
    expect(handler.runs).toBe(0);
  });

  it('runs the handler when it wins the last race that it takes part in', async () => {
    const handler = counting();
    const { lambda, kinds } = await set(handler);
    proxy.inject('PutItem', transactionConflict, { times: 10 });
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    expect(kinds()).toEqual(['claimed', 'completed']);
  });

  it('never runs the handler beside a running attempt, even when told to bypass a store that fails', async () => {
    const gate = new Gate();
    const handler = Object.assign(
      async () => {
        handler.runs++;
        await gate.pass();
        return answer('first');
      },
      { runs: 0 },
    );
    const { lambda } = await set(handler, { whenStoreFails: 'bypass', waitMs: 400 }, 1);
    const key = newKey();
    const first = lambda(requestOf({ key }));
    await gate.reached;
    proxy.inject('GetItem', { kind: 'lost-before' }, { times: 100 });
    const repeat = await lambda(requestOf({ key }));
    expect([repeat.statusCode, typeOf(repeat)]).toEqual([409, 'idempotency_in_progress']);
    gate.open();
    await first;
    expect(handler.runs).toBe(1);
  });

  it('never runs the handler beside a commit that its claim met, and could not look behind, even when told to bypass', async () => {
    const handler = counting();
    const { lambda, events } = await set(handler, { whenStoreFails: 'bypass' }, 1);
    proxy.inject('PutItem', transactionConflict);
    proxy.inject('GetItem', { kind: 'lost-before' });
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 503 });
    expect(handler.runs).toBe(0);
    expect(events).toMatchObject([{ kind: 'unavailable', error: { operation: 'read' } }]);
  });

  it('never runs the handler again when only the stored body can not be read, even when told to bypass', async () => {
    const noise = Array.from({ length: 4_000 }, () => newKey()).join();
    const handler = counting(() => answer(noise));
    const { lambda } = await set(handler, { whenStoreFails: 'bypass' }, 1);
    const key = newKey();
    await lambda(requestOf({ key }));
    proxy.inject('BatchGetItem', { kind: 'lost-before' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 503 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: noise, headers: { [marker]: 'true' } });
    expect(handler.runs).toBe(1);
  });

  describe('a first attempt that outlives its lease', () => {
    const ending = (end: () => unknown) => (stand: () => Promise<number>) =>
      set(async (_event, { idempotency }) => ((await stand()) === 0 ? end() : answer(`attempt ${idempotency.attempt}`)));

    it("and succeeds gets its successor's answer, and overwrites nothing", async () => {
      const { lambda, first, second, key, kinds } = await overtaken(ending(() => answer('late')));
      expect(await first).toEqual({ statusCode: 201, headers: expect.objectContaining({ [marker]: 'true' }), body: 'attempt 2' });
      expect(await second).toMatchObject({ body: 'attempt 2' });
      expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'attempt 2' });
      expect(kinds()).toEqual(['claimed', 'taken_over', 'completed', 'lost_claim', 'replayed', 'replayed']);
    });

    it('and succeeds while its successor runs gets a 409, and overwrites nothing', async () => {
      const { lambda, first, second, openSecond, key } = await overtaken(
        ending(() => answer('late')),
        { secondStands: true },
      );
      expect(typeOf(await first)).toBe('idempotency_in_progress');
      openSecond();
      expect(await second).toMatchObject({ body: 'attempt 2' });
      expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'attempt 2' });
    });

    it.each([
      ['throws', { rejects: true }],
      ['returns 500', { rejects: false }],
    ])("and %s passes that on, and releases nothing of its successor's", async (_what, { rejects }) => {
      for (const secondStands of [false, true]) {
        const { lambda, first, second, openSecond, key, kinds } = await overtaken(
          ending(() => {
            if (rejects) throw new Error('late');
            return { statusCode: 500, headers: {}, body: 'late' };
          }),
          { secondStands },
        );
        if (rejects) await expect(first).rejects.toThrow('late');
        else expect(await first).toMatchObject({ statusCode: 500, body: 'late' });
        openSecond();
        await second;
        expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'attempt 2', headers: { [marker]: 'true' } });
        expect(kinds()).toContain('lost_claim');
        vi.useRealTimers();
      }
    });

    it('and succeeds after its successor failed and freed the key keeps its own answer', async () => {
      const gate = new Gate();
      let runs = 0;
      const { lambda, kinds } = await set(async () => {
        if (runs++ > 0) return { statusCode: 500, headers: {}, body: '' };
        await gate.pass();
        return answer('late');
      });
      const key = newKey();
      const first = lambda(requestOf({ key }));
      await gate.reached;
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      await lambda(requestOf({ key }));
      gate.open();
      expect(await first).toEqual({ ...answer('late'), headers: expect.not.objectContaining({ [marker]: 'true' }) });
      expect(kinds()).toEqual(['claimed', 'taken_over', 'released', 'lost_claim']);
    });
  });

  it('takes over in three round trips, and gets over a lost answer there too', async () => {
    const gate = new Gate();
    let runs = 0;
    const { lambda } = await set(async () => {
      if (runs++ === 0) await gate.pass();
      return answer(`run ${runs}`);
    });
    const key = newKey();
    const first = lambda(requestOf({ key }));
    await gate.reached;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    proxy.inject('PutItem', { kind: 'lost-after' }, { skip: 1 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'run 2' });
    // Claim, met by the dead one; take-over, its answer lost; the SDK's second try, which meets itself; completion.
    expect(proxy.operations().slice(1)).toEqual(['PutItem', 'PutItem', 'PutItem', 'PutItem']);
    gate.open();
    await first;
  });

  it('holds the key when a failure comes with hardly any time left: the handler may still be running', async () => {
    const { lambda, kinds } = await set(counting(() => ({ statusCode: 504, headers: {}, body: '' })));
    const key = newKey();
    await lambda(requestOf({ key }), { getRemainingTimeInMillis: () => 999 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 409 });
    expect(kinds()).toEqual(['claimed', 'outcome_unknown', 'in_progress']);
  });

  it('leases the key for a second even when no time is left', async () => {
    const { lambda } = await set(counting(run => (run === 1 ? { statusCode: 500, headers: {}, body: '' } : answer('again'))));
    const key = newKey();
    await lambda(requestOf({ key }), { getRemainingTimeInMillis: () => 0 });
    const repeat = await lambda(requestOf({ key }));
    expect(repeat).toMatchObject({ statusCode: 409, headers: { 'retry-after': '1' } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_001 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'again' });
  });

  it('lets one waiter claim a key that was released meanwhile', async () => {
    const gate = new Gate();
    let runs = 0;
    const { lambda } = await set(
      async () => {
        const run = ++runs;
        if (run > 1) return answer(`run ${run}`);
        await gate.pass();
        return { statusCode: 500, headers: {}, body: '' };
      },
      { waitMs: 5_000 },
    );
    const key = newKey();
    const first = lambda(requestOf({ key }));
    await gate.reached;
    const waiters = Array.from({ length: 5 }, () => lambda(requestOf({ key })));
    await vi.waitFor(() => expect(proxy.operations().filter(name => name === 'GetItem').length).toBeGreaterThan(4));
    gate.open();
    expect(await first).toMatchObject({ statusCode: 500 });
    expect((await Promise.all(waiters)).map(({ body }) => body)).toEqual(Array(5).fill('run 2'));
    expect(runs).toBe(2);
  });

  it('stops waiting half a second before its own time is over, and never writes while it waits', async () => {
    const gate = new Gate();
    const { lambda, events } = await set(
      async () => {
        await gate.pass();
        return answer('first');
      },
      { waitMs: 60_000 },
    );
    const key = newKey();
    const first = lambda(requestOf({ key }));
    await gate.reached;
    const endsAt = Date.now() + 1_000;
    const repeat = await lambda(requestOf({ key }), { getRemainingTimeInMillis: () => endsAt - Date.now() });
    expect(typeOf(repeat)).toBe('idempotency_in_progress');
    expect(Date.now()).toBeLessThan(endsAt - 400);
    expect(new Set(proxy.operations().slice(2))).toEqual(new Set(['GetItem']));
    expect(events.find(({ kind }) => kind === 'waited')?.waitedMs).toBeGreaterThan(100);
    gate.open();
    await first;
  });
});
