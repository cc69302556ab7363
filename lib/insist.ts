/** Sends a write again while that can help and there is time: every one of them is conditional, so once applied is applied. */
import type { Environment } from './environment.ts';
import { IdempotencyStoreError } from './errors.ts';
import type { CallOptions } from './store/store.ts';
import { retryDelayMs, storeBudget } from './time-limits.ts';

export async function insist<T>(
  environment: Environment,
  remaining: () => number,
  write: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const giveUpAt = environment.elapsedMs() + storeBudget(remaining());
  for (let tries = 0; ; tries++) {
    try {
      return await write({ timeoutMs: Math.max(1, giveUpAt - environment.elapsedMs()) });
    } catch (error) {
      const pause = retryDelayMs(tries, environment.random());
      const isFinal = !(error instanceof IdempotencyStoreError) || !error.retryable;
      if (isFinal || environment.elapsedMs() + pause >= giveUpAt) throw error;
      await environment.sleep(pause);
    }
  }
}
