import { describe, expect, it } from 'vitest';
import { IdempotencyStoreError } from '../lib/errors.ts';
import { readOptions } from '../lib/options.ts';
import type { Decision } from '../lib/protocol/decide.ts';
import { newClaim } from '../lib/protocol/record.ts';
import { Waiter } from '../lib/waiter.ts';
import { randomChoices } from './explorer/choices.ts';
import { MemoryStore } from './support/memory-store.ts';

const inProgress: Decision = { kind: 'in-progress', leaseLeftMs: 1_000 };
const conflict: Decision = { kind: 'conflict' };

/** Time passes only in pauses, and by `tick` at every look at the clock. */
function waiterWith({ waitMs = 3_000, remaining = 29_000, random = 0.5, tick = 0, onRead = () => {} } = {}) {
  let now = 0;
  const pauses: number[] = [];
  const environment = {
    // A clock can be set: how long something takes is not read from one.
    now: () => Number.NaN,
    elapsedMs: () => {
      now += tick;
      return now;
    },
    random: () => random,
    sleep: async (ms: number) => {
      pauses.push(ms);
      now += ms;
    },
    newToken: () => 'token',
  };
  const store = new MemoryStore();
  const read = store.read.bind(store);
  store.read = id => {
    onRead();
    return read(id);
  };
  const settings = { ...readOptions({ tableName: 'table', client: { send: () => Promise.reject(new Error('not used')) }, waitMs }), store };
  return { waiter: new Waiter(settings, environment, () => remaining), pauses, store };
}

describe('Waiter', () => {
  it('does not wait for what is decided, and says so even when the clock ticks', async () => {
    const { waiter, pauses } = waiterWith({ tick: 1 });
    expect(await waiter.untilSettled('id', () => conflict, conflict)).toBe(conflict);
    expect([pauses, waiter.waitedMs]).toEqual([[], 0]);
  });

  it('does not wait when told not to', async () => {
    const { waiter, pauses } = waiterWith({ waitMs: 0, tick: 1 });
    expect(await waiter.untilSettled('id', () => conflict, inProgress)).toBe(inProgress);
    expect([pauses, waiter.waitedMs]).toEqual([[], 0]);
  });

  it('looks at a growing pace, up to a quarter of a second, until its time is over', async () => {
    const { waiter, pauses } = waiterWith({ waitMs: 1_000 });
    expect(await waiter.untilSettled('id', () => inProgress, inProgress)).toBe(inProgress);
    expect(pauses.map(Math.round)).toEqual([48, 71, 107, 93, 138, 138, 138, 138]);
    expect(waiter.waitedMs).toBeLessThanOrEqual(1_000);
  });

  it('keeps back half a second of its own time', async () => {
    const { waiter } = waiterWith({ waitMs: 60_000, remaining: 1_000 });
    await waiter.untilSettled('id', () => inProgress, inProgress);
    expect(waiter.waitedMs).toBeGreaterThan(250);
    expect(waiter.waitedMs).toBeLessThanOrEqual(500);
  });

  it('has the record read, and judges what it finds', async () => {
    const { waiter, store } = waiterWith();
    const claim = newClaim({ id: 'id', fingerprint: 'f', owner: 'o', attempt: 1, now: 0, leaseMs: 1, retentionMs: 1 });
    store.records.set('id', claim);
    const seen: unknown[] = [];
    await waiter.untilSettled(
      'id',
      record => {
        seen.push(record);
        return seen.length === 2 ? conflict : inProgress;
      },
      inProgress,
    );
    expect(seen).toEqual([claim, claim]);
  });

  it('takes a look that failed for one that saw nothing new, if it may pass', async () => {
    let looks = 0;
    const onRead = () => {
      if (++looks < 3) throw new IdempotencyStoreError('store_failed', 'read', true, 'lost');
    };
    const { waiter } = waiterWith({ onRead });
    expect(await waiter.untilSettled('id', () => conflict, inProgress)).toBe(conflict);
    expect(looks).toBe(3);
  });

  it('does not hide a look that can not succeed', async () => {
    const onRead = () => {
      throw new IdempotencyStoreError('unreadable_record', 'read', false, 'unreadable');
    };
    await expect(waiterWith({ onRead }).waiter.untilSettled('id', () => conflict, inProgress)).rejects.toMatchObject({
      code: 'unreadable_record',
    });
  });
});

describe('a wait for an attempt of 600 ms', () => {
  it('takes six looks, on the average of many waiters', async () => {
    const next = randomChoices(1);
    let looks = 0;
    const waiters = 2_000;
    for (let n = 0; n < waiters; n++) {
      // The repeat comes 20 ms after the first request.
      let now = 20;
      const environment = {
        now: () => Number.NaN,
        elapsedMs: () => now,
        random: () => next.choose(1_000) / 1_000,
        // A look takes 5 ms, and time passes besides only in pauses.
        sleep: async (ms: number) => {
          now += ms + 5;
        },
        newToken: () => 'token',
      };
      const settings = {
        ...readOptions({ tableName: 'table', client: { send: () => Promise.reject(new Error('not used')) } }),
        store: new MemoryStore(),
      };
      const waiter = new Waiter(settings, environment, () => 29_000);
      const verdict = () => {
        looks++;
        return now >= 600 ? conflict : inProgress;
      };
      await waiter.untilSettled('id', verdict, inProgress);
    }
    expect(looks / waiters).toBeGreaterThan(5);
    expect(looks / waiters).toBeLessThanOrEqual(6);
  });
});
