/** Twenty repeats of one request, while the first is running: the middleware, on a clock that only these tests move. */
import middy from '@middy/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../lib/engine.ts';
import type { Environment } from '../lib/environment.ts';
import type { IdempotencyEvent } from '../lib/events.ts';
import { middlewareOn } from '../lib/idempotency.ts';
import { readOptions } from '../lib/options.ts';
import type { IdempotencyRecord } from '../lib/protocol/record.ts';
import type { ClaimResult, FinishResult, IdempotencyStore } from '../lib/store/store.ts';
import { randomChoices } from './explorer/choices.ts';
import { type LambdaResponse, newKey, requestOf } from './support/forms.ts';
import { MemoryStore } from './support/memory-store.ts';

const waiters = 20;
/** What a call to the store takes: half of it on the way there, half on the way back. */
const callMs = 5;

/** Time that passes when nothing else can happen: it jumps from one end of a pause to the next. */
class Clock {
  now = 1_000_000;
  #sleepers: { readonly wakesAt: number; readonly wake: () => void }[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise(wake => this.#sleepers.push({ wakesAt: this.now + ms, wake }));
  }

  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    for (;;) {
      // Until every promise that can go on has gone on.
      await new Promise(resolve => setImmediate(resolve));
      if (isOver) return promise;
      const next = this.#sleepers.toSorted((a, b) => a.wakesAt - b.wakesAt)[0];
      if (next === undefined) throw new Error('nobody is waiting for anything any more');
      this.#sleepers = this.#sleepers.filter(sleeper => sleeper !== next);
      this.now = next.wakesAt;
      next.wake();
    }
  }
}

interface Call {
  readonly operation: keyof IdempotencyStore;
  readonly outcome: ClaimResult['outcome'] | FinishResult['outcome'] | undefined;
  /** The records that the store held before and after. */
  readonly before: readonly IdempotencyRecord[];
  readonly after: readonly IdempotencyRecord[];
}

let clock: Clock;
let store: MemoryStore;
let events: IdempotencyEvent['kind'][];

beforeEach(() => {
  clock = new Clock();
  store = new MemoryStore();
  events = [];
});

interface Behaviour {
  readonly attemptMs: number | ((run: number) => number);
  readonly status?: (run: number) => number;
}

/** A handler that says which run it is. */
function deploy({ attemptMs, status = () => 201 }: Behaviour) {
  const handler = { runs: 0 };
  const chance = randomChoices(7);
  let tokens = 0;
  const environment: Environment = {
    now: () => clock.now,
    elapsedMs: () => clock.now,
    sleep: ms => clock.sleep(ms),
    random: () => chance.choose(1_000) / 1_000,
    newToken: () => `token-${tokens++}`,
  };
  const onEvent = ({ kind }: IdempotencyEvent) => events.push(kind);
  const options = readOptions({ tableName: 'table', client: { send: () => Promise.reject(new Error('not used')) }, onEvent });

  /** A request, and the calls to the store that were made for it. */
  async function send(key: string, { remaining = 29_000 } = {}) {
    const calls: Call[] = [];
    const engine = new Engine({ ...options, store: recording(calls) }, environment);
    const lambda = middy(async () => {
      const run = ++handler.runs;
      await clock.sleep(typeof attemptMs === 'number' ? attemptMs : attemptMs(run));
      return { statusCode: status(run), headers: {}, body: `{"run":${run}}` };
    }).use(middlewareOn(engine));
    const endsAt = clock.now + remaining;
    const context = { getRemainingTimeInMillis: () => endsAt - clock.now };
    // Only what the protection reads of an invocation.
    const response = (await lambda(requestOf({ key }), context as never)) as LambdaResponse;
    return { response, calls, answeredAt: clock.now };
  }

  function recording(calls: Call[]): IdempotencyStore {
    return new Proxy(store, {
      get: (target, operation: keyof IdempotencyStore) => {
        const method = target[operation];
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          await clock.sleep(callMs / 2);
          const before = [...store.records.values()];
          const result = await Reflect.apply(method, target, args);
          calls.push({ operation, outcome: result?.outcome, before, after: [...store.records.values()] });
          await clock.sleep(callMs / 2);
          return result;
        };
      },
    });
  }

  return { handler, send };
}

/** The first request, and 20 ms later its repeats. */
async function firstAndRepeats({ send }: ReturnType<typeof deploy>, repeats: { readonly remaining?: number } = {}) {
  const key = newKey();
  const first = send(key);
  await clock.runUntil(clock.sleep(20));
  const repeated = Array.from({ length: waiters }, () => send(key, repeats));
  return clock.runUntil(Promise.all([first, Promise.all(repeated)]));
}

const operationsOf = (calls: readonly Call[]) => calls.map(({ operation }) => operation);
const won = ({ operation, outcome }: Call) => outcome === 'claimed' && (operation === 'claim' || operation === 'takeOver');
const wrote = ({ before, after }: Call) => before.length !== after.length || before.some((record, index) => record !== after[index]);

describe('twenty repeats of a request that takes 600 ms', () => {
  it('take six looks each at most, on average, and get its answer', async () => {
    const deployed = deploy({ attemptMs: 600 });
    const [first, repeats] = await firstAndRepeats(deployed);
    expect(deployed.handler.runs).toBe(1);
    expect(first.response.headers).not.toHaveProperty('Idempotent-Replayed');
    for (const { response } of repeats) {
      expect(response).toMatchObject({ statusCode: 201, body: '{"run":1}', headers: { 'Idempotent-Replayed': 'true' } });
    }
    const looks = repeats.flatMap(({ calls }) => calls).filter(({ operation }) => operation === 'read').length;
    expect(looks / waiters).toBeLessThanOrEqual(6);
    expect(looks / waiters).toBeGreaterThan(1);
  });

  it('have its answer a pause after it at the latest', async () => {
    const [first, repeats] = await firstAndRepeats(deploy({ attemptMs: 600 }));
    const delays = repeats.map(({ answeredAt }) => answeredAt - first.answeredAt);
    expect(Math.max(...delays)).toBeLessThanOrEqual(250 + callMs);
  });

  it('ask for the key once each, then only read, and change nothing', async () => {
    const [, repeats] = await firstAndRepeats(deploy({ attemptMs: 600 }));
    for (const { calls } of repeats) {
      const [claim, ...rest] = operationsOf(calls);
      expect(claim).toBe('claim');
      expect(new Set(rest)).toEqual(new Set(['read', 'loadResponse']));
      expect(calls.filter(wrote)).toEqual([]);
    }
    expect(events.filter(kind => kind === 'waited' || kind === 'replayed')).toHaveLength(2 * waiters);
  });
});

describe('twenty repeats of a request that fails', () => {
  it('are claimed for by one of them, and the others get its answer', async () => {
    const deployed = deploy({ attemptMs: 600, status: run => (run === 1 ? 500 : 201) });
    const [first, repeats] = await firstAndRepeats(deployed);
    expect(first.response.statusCode).toBe(500);
    expect(deployed.handler.runs).toBe(2);
    expect(repeats.filter(({ calls }) => calls.some(won))).toHaveLength(1);
    expect(repeats.map(({ response }) => [response.statusCode, response.body])).toEqual(Array(waiters).fill([201, '{"run":2}']));
    expect(repeats.filter(({ response }) => 'Idempotent-Replayed' in (response.headers ?? {}))).toHaveLength(waiters - 1);
  });
});

describe('twenty repeats of a request that takes longer than they may wait', () => {
  it('are told to come back, and have changed nothing', async () => {
    const deployed = deploy({ attemptMs: 10_000 });
    const [first, repeats] = await firstAndRepeats(deployed);
    for (const { response, calls } of repeats) {
      expect(response.statusCode).toBe(409);
      expect(response.headers).toHaveProperty('retry-after');
      expect(new Set(operationsOf(calls).slice(1))).toEqual(new Set(['read']));
      expect(calls.filter(wrote)).toEqual([]);
    }
    expect(first.response).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    expect(deployed.handler.runs).toBe(1);
  });

  it('come back half a second before their own time is over', async () => {
    const startsAt = clock.now + 20;
    const [, repeats] = await firstAndRepeats(deploy({ attemptMs: 10_000 }), { remaining: 1_500 });
    expect(repeats.map(({ response }) => response.statusCode)).toEqual(Array(waiters).fill(409));
    for (const { answeredAt } of repeats) expect(answeredAt - startsAt).toBeLessThanOrEqual(1_000 + callMs);
  });
});

describe('twenty repeats of a request that died', () => {
  it('are one to take it over, when its lease ends while they wait', async () => {
    const deployed = deploy({ attemptMs: run => (run === 1 ? 3_600_000 : 600) });
    const key = newKey();
    // Its lease ends in 1.1 s, and its end is never awaited: as if its process had died.
    void deployed.send(key, { remaining: 100 });
    await clock.runUntil(clock.sleep(20));
    const repeats = await clock.runUntil(Promise.all(Array.from({ length: waiters }, () => deployed.send(key))));
    const taken = repeats.filter(({ calls }) => calls.some(won));
    expect(taken.map(({ calls }) => operationsOf(calls.filter(won)))).toEqual([['takeOver']]);
    expect(deployed.handler.runs).toBe(2);
    expect(repeats.map(({ response }) => [response.statusCode, response.body])).toEqual(Array(waiters).fill([201, '{"run":2}']));
    expect([...store.records.values()]).toMatchObject([{ state: 'completed', attempt: 2 }]);
  });
});
