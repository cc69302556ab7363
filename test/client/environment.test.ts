import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { system } from '../../lib/client/environment.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('sleeps as long as it is told', async () => {
  const woken = vi.fn();
  system.sleep(1_000, new AbortController().signal).then(woken);
  await vi.advanceTimersByTimeAsync(999);
  expect(woken).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(woken).toHaveBeenCalledOnce();
});

it('leaves no timer behind that would keep a program from ending', () => {
  const controller = new AbortController();
  system.sleep(1_000, controller.signal);
  expect(vi.getTimerCount()).toBe(1);
  controller.abort();
  expect(vi.getTimerCount()).toBe(0);
});
