/** A repeat's wait for the first attempt: looks at the record, at a growing pace, and never writes. */
import type { Environment } from './environment.ts';
import { IdempotencyStoreError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Decision } from './protocol/decide.ts';
import type { IdempotencyRecord } from './protocol/record.ts';
import { pollDelayMs, storeBudget, waitBudget } from './time-limits.ts';

export class Waiter {
  readonly #settings: Settings;
  readonly #environment: Environment;
  readonly #remaining: () => number;
  readonly #until: number;
  #looks = 0;
  #waitedMs = 0;

  constructor(settings: Settings, environment: Environment, remaining: () => number) {
    this.#settings = settings;
    this.#environment = environment;
    this.#remaining = remaining;
    this.#until = environment.elapsedMs() + waitBudget(settings.waitMs, remaining());
  }

  /** How long this request has waited, in milliseconds; 0 when it never had to. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Looks again and again while `decision` is "in progress", until it is another or the time is over; resolves to the last one. */
  async untilSettled(id: string, verdict: (record: IdempotencyRecord | undefined) => Decision, decision: Decision): Promise<Decision> {
    let latest = decision;
    while (latest.kind === 'in-progress') {
      const startedAt = this.#environment.elapsedMs();
      const pause = pollDelayMs(this.#looks++, this.#environment.random());
      if (startedAt + pause > this.#until) break;
      await this.#environment.sleep(pause);
      latest = await this.#look(id, verdict, latest);
      this.#waitedMs += this.#environment.elapsedMs() - startedAt;
    }
    return latest;
  }

  /** A look that fails is a look that saw nothing new: what is known already is that an attempt is running. */
  async #look(id: string, verdict: (record: IdempotencyRecord | undefined) => Decision, known: Decision): Promise<Decision> {
    try {
      return verdict(await this.#settings.store.read(id, { timeoutMs: storeBudget(this.#remaining()) }));
    } catch (error) {
      if (error instanceof IdempotencyStoreError && error.retryable) return known;
      throw error;
    }
  }
}
