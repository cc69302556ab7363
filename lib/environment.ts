/** What the engine takes from the world, so that tests can own it: the clocks, sleep, chance, and how much time an invocation has. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochMs } from './protocol/record.ts';

export interface Environment {
  /** The wall clock, for leases and expiry: what other processes go by. It can be set, and go back. */
  now(): EpochMs;
  /** Counts whole milliseconds from some instant on, and never back: for how long something takes. */
  elapsedMs(): number;
  sleep(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
  /** A new owner token, unique for ever. */
  newToken(): string;
}

export const system: Environment = {
  now: () => Date.now(),
  elapsedMs: () => Math.floor(performance.now()),
  sleep: async ms => {
    await sleep(ms);
  },
  random: () => Math.random(),
  newToken: randomUUID,
};

/** API Gateway's own limit: assumed for an invocation that doesn't say how long it has (a test, a server of one's own). */
const assumedRemainingMs = 29_000;

/**
 * How long the invocation has left, in milliseconds; never negative. Where asking throws, or the answer is nonsense, the assumption
 * holds too: a lease that is too long has a retry wait, and one that is too short has two attempts run at once.
 */
export function remainingMs(context: unknown): number {
  try {
    return askedOf(context) ?? assumedRemainingMs;
  } catch {
    return assumedRemainingMs;
  }
}

function askedOf(context: unknown): number | undefined {
  if (typeof context !== 'object' || context === null || !('getRemainingTimeInMillis' in context)) return undefined;
  if (typeof context.getRemainingTimeInMillis !== 'function') return undefined;
  const remaining: unknown = context.getRemainingTimeInMillis();
  return typeof remaining === 'number' && Number.isFinite(remaining) ? Math.max(0, remaining) : undefined;
}
