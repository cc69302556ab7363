import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimeLimit } from '../../lib/store/time-limit.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

const never = () => new Promise<never>(() => {});
const timedOut = { name: 'TimeoutError' };

describe('a time limit', () => {
  it('changes nothing for a call that ends in time, and leaves no timer', async () => {
    const limit = new TimeLimit(1_000);
    const failure = new Error('refused');
    expect(await limit.run(async () => 'answer')).toBe('answer');
    await expect(limit.run(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends a call when the time is over, and tells it', async () => {
    const limit = new TimeLimit(1_000);
    let signal: AbortSignal | undefined;
    const run = limit.run(given => {
      signal = given;
      return never();
    });
    const refused = expect(run).rejects.toMatchObject(timedOut);
    vi.advanceTimersByTime(999);
    expect(signal?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await refused;
    expect(signal?.reason).toMatchObject(timedOut);
  });

  it('counts from its start, for all of its calls', async () => {
    const limit = new TimeLimit(1_000);
    vi.advanceTimersByTime(600);
    await limit.run(async () => {});
    const refused = expect(limit.run(never)).rejects.toMatchObject(timedOut);
    vi.advanceTimersByTime(400);
    await refused;
  });

  it('calls nothing when it is over', async () => {
    const limit = new TimeLimit(1_000);
    vi.advanceTimersByTime(1_000);
    const call = vi.fn(never);
    await expect(limit.run(call)).rejects.toMatchObject(timedOut);
    expect(call).not.toHaveBeenCalled();
  });

  it('is not bothered by what a call does after its time', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const refused = expect(new TimeLimit(1_000).run(() => promise)).rejects.toMatchObject(timedOut);
    vi.advanceTimersByTime(1_000);
    await refused;
    reject(new Error('aborted at last'));
    await promise.catch(() => {});
  });
});
