/** What the client takes from the world, so that tests can own it: the clock, sleep, chance, and timeouts. */
export interface Environment {
  /** Epoch milliseconds. */
  now(): number;
  /** Lets go of its timer once the signal aborts, and never resolves then. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
  /** Aborts after `ms`. */
  timeout(ms: number): AbortSignal;
}

export const system: Environment = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => clearTimeout(timer));
    }),
  random: () => Math.random(),
  timeout: ms => AbortSignal.timeout(ms),
};

/** `work`'s result, unless the signal aborts first: not everything that takes a signal, or takes none, stops in time. */
export function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
