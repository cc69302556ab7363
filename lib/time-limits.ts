/** How long things may take. All in milliseconds; `remaining` is what the invocation has left. */

/** The lease outlasts the invocation by this much, for clocks that differ and for the last write on its way. */
const leaseMarginMs = 1000;

/** Kept back from every wait, so that there is time to answer. */
const reserveMs = 500;

/** No call to the store, with its retries, may hold a request up for longer. */
const storeBudgetMs = 5000;

/** What a call gets even when the invocation is about to end: a try is worth more than none. */
const leastStoreBudgetMs = 250;

/** Under this, an error or a failure may be the voice of a timeout, and the handler may still be running. */
const timeoutSuspicionMs = 1000;

/** How long a claim protects its attempt: as long as the invocation can last, and a margin. Never zero. */
export function leaseMs(remaining: number): number {
  return Math.ceil(remaining) + leaseMarginMs;
}

export function storeBudget(remaining: number): number {
  return Math.min(storeBudgetMs, Math.max(leastStoreBudgetMs, Math.floor(remaining) - reserveMs));
}

/** How long a repeat may wait for the first attempt. */
export function waitBudget(waitMs: number, remaining: number): number {
  return Math.min(waitMs, remaining - reserveMs);
}

/**
 * The pause before a waiter's next look: 50 ms, growing by half each time up to 250 ms, times a factor that is spread, so that
 * waiters don't look in step. The factor is near 1 for the first looks, which come close together anyhow, and near a half for the
 * later ones, because an answer waits for its waiter for up to a whole pause. Measured in docs/storage.md.
 */
export function pollDelayMs(looks: number, random: number): number {
  const factor = (looks < 3 ? 0.9 : 0.5) + random / 10;
  return Math.min(250, 50 * 1.5 ** looks) * factor;
}

/** The pause before a completion or a release is sent again. */
export function retryDelayMs(tries: number, random: number): number {
  return Math.min(1000, 50 * 2 ** tries) * (0.5 + random / 2);
}

export function mayBeTimeout(remaining: number): boolean {
  return remaining < timeoutSuspicionMs;
}
