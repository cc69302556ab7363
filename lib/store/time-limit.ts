/** How long one operation may take, however many calls it makes. */

export class TimeLimit {
  readonly #endsAt: number;

  /** Counts from now on; in milliseconds. */
  constructor(ms: number) {
    this.#endsAt = performance.now() + ms;
  }

  /**
   * Settles as `call` does, and with a `TimeoutError` when the time is over, whatever the call makes of its signal. When it is over
   * already, nothing is called.
   *
   * An older SDK (3.705 does it) sleeps through an abort when it pauses between two tries, for up to a second of the time in which the
   * request was to be answered. Once awake it sees the abort, and sends nothing more.
   */
  async run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const leftMs = this.#endsAt - performance.now();
    if (leftMs <= 0) throw tooLate();
    const stop = new AbortController();
    const overdue = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const reason = tooLate();
      stop.abort(reason);
      overdue.reject(reason);
    }, leftMs);
    try {
      return await Promise.race([call(stop.signal), overdue.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function tooLate(): DOMException {
  return new DOMException('no answer in time', 'TimeoutError');
}
