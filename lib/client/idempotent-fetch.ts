/** `fetch` for mutations, safe to repeat: one key for each operation, kept before it is sent, and sent until there is an answer. */
import { type Environment, system, untilAborted } from './environment.ts';
import { IdempotencyConflictError, IdempotencyOutcomeUnknownError, IdempotentFetchDeadlineError } from './errors.ts';
import { newKey } from './new-key.ts';
import { type OperationKey, OperationKeys } from './operation-keys.ts';
import { type ClientSettings, type IdempotentFetchOptions, readClientOptions } from './options.ts';
import { checkOperation, type IdempotentRequestInit, type RepeatableRequest, repeatableRequest } from './request.ts';
import { retryAfterMs, retryDelayMs } from './retry-delay.ts';
import { judge, leavesDoubt, settles } from './verdict.ts';
import { wholeResponse } from './whole-response.ts';

/** A definite answer, and how it came about. */
export interface IdempotentResult {
  /** As `fetch` gives it, also a 4xx; its body has arrived. */
  readonly response: Response;
  /** The answer is that of an earlier attempt: the API did nothing for this one. */
  readonly replayed: boolean;
  /** How often this call sent the request. */
  readonly attempts: number;
  readonly key: string;
}

export interface IdempotentFetch {
  /**
   * Sends a mutation with an idempotency key, again and again until there is an answer: a 2xx, or a 4xx that a repeat can't
   * change. Lost connections, cut-off bodies, 429, 5xx and 409 `idempotency_in_progress` are tried again. Rejects with the
   * signal's reason when the caller aborts.
   *
   * @throws IdempotentFetchDeadlineError `deadline_exceeded`
   * @throws IdempotencyConflictError `idempotency_conflict`
   * @throws IdempotencyOutcomeUnknownError `idempotency_outcome_unknown`
   * @throws IdempotentOperationError `operation_changed`, `operation_expired`
   * @throws IdempotentFetchStorageError `storage_failed`, `unreadable_record`
   * @throws IdempotentFetchConfigurationError `invalid_request`
   */
  (url: string | URL, init: IdempotentRequestInit): Promise<IdempotentResult>;

  /**
   * Drops an unsettled operation's key, so that the next call with its name is a new operation. Only for who knows whether the
   * old one happened.
   *
   * @throws IdempotentFetchStorageError `storage_failed`
   */
  forget(operation: string): Promise<void>;
}

/**
 * A `fetch` for mutations that can be repeated without doing anything twice.
 *
 * @throws IdempotentFetchConfigurationError `invalid_option`
 * @example
 * ```ts
 * const idempotentFetch = createIdempotentFetch({ storage: sessionStorage });
 * const { response, replayed } = await idempotentFetch('https://api.example/contacts', {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/json' },
 *   body: JSON.stringify({ name: 'ACME Corp' }),
 *   operation: 'create contact, draft 7',
 * });
 * ```
 */
export function createIdempotentFetch(options: IdempotentFetchOptions = {}): IdempotentFetch {
  return idempotentFetchIn(system, readClientOptions(options));
}

export function idempotentFetchIn(environment: Environment, settings: ClientSettings): IdempotentFetch {
  const keys = new OperationKeys(settings.storage, settings.retentionMs);
  const idempotentFetch = async (url: string | URL, init: IdempotentRequestInit): Promise<IdempotentResult> => {
    const request = await repeatableRequest(url, init ?? {}, settings.headerName);
    return new Call(environment, settings, keys, request, init).result();
  };
  const forget = async (operation: string): Promise<void> => {
    checkOperation(operation);
    await keys.forget(operation);
  };
  return Object.assign(idempotentFetch, { forget });
}

/** What became of one attempt. */
type Outcome = Awaited<ReturnType<typeof wholeResponse>> | { readonly response: undefined; readonly error: unknown };

/** One call: its time, its attempts, its key. */
class Call {
  readonly #environment: Environment;
  readonly #settings: ClientSettings;
  readonly #keys: OperationKeys;
  readonly #request: RepeatableRequest;
  readonly #operation: string | undefined;
  readonly #caller: AbortSignal | undefined;
  /** Aborts with the deadline, or when the caller does. */
  readonly #signal: AbortSignal;
  readonly #deadlineAt: number;
  #key: string | undefined;
  #attempts = 0;

  constructor(
    environment: Environment,
    settings: ClientSettings,
    keys: OperationKeys,
    request: RepeatableRequest,
    { operation, signal }: IdempotentRequestInit,
  ) {
    this.#environment = environment;
    this.#settings = settings;
    this.#keys = keys;
    this.#request = request;
    this.#operation = operation;
    this.#caller = signal ?? undefined;
    const deadline = environment.timeout(settings.deadlineMs);
    this.#signal = this.#caller === undefined ? deadline : AbortSignal.any([this.#caller, deadline]);
    this.#deadlineAt = environment.now() + settings.deadlineMs;
  }

  async result(): Promise<IdempotentResult> {
    const { key, resumed } = await this.#begin();
    this.#key = key;
    const init = await this.#request.init(key);
    let inDoubt = resumed;
    while (true) {
      this.#attempts++;
      const outcome = await this.#attempt(init);
      if (outcome.response !== undefined) {
        const { response, answer } = outcome;
        const verdict = judge(answer);
        if (settles(verdict, answer.status, inDoubt)) await this.#settle(key);
        if (verdict === 'conflict') throw new IdempotencyConflictError(key, this.#attempts, response);
        if (verdict === 'outcome-unknown') throw new IdempotencyOutcomeUnknownError(key, this.#attempts, response);
        if (verdict === 'answer') {
          return { response, replayed: response.headers.get('idempotent-replayed') === 'true', attempts: this.#attempts, key };
        }
      }
      inDoubt ||= outcome.response === undefined || leavesDoubt(outcome.response.status);
      await this.#pause(outcome);
    }
  }

  async #begin(): Promise<OperationKey> {
    const operation = this.#operation;
    if (operation === undefined) return { key: newKey(), resumed: false };
    return this.#inTime(() => this.#keys.begin(operation, this.#request.checksum, this.#environment.now()));
  }

  async #attempt(init: RequestInit): Promise<Outcome> {
    const signal = AbortSignal.any([this.#signal, this.#environment.timeout(this.#settings.attemptTimeoutMs)]);
    try {
      return await untilAborted(signal, async () => wholeResponse(await this.#settings.fetch(this.#request.url, { ...init, signal })));
    } catch (error) {
      return { response: undefined, error };
    }
  }

  async #pause(outcome: Outcome): Promise<void> {
    this.#throwIfOver(outcome);
    const environment = this.#environment;
    const asked = retryAfterMs(outcome.response?.headers.get('retry-after') ?? null, environment.now());
    const pause = retryDelayMs(this.#attempts, environment.random(), asked);
    // Waiting would only delay the news.
    if (environment.now() + pause >= this.#deadlineAt) throw this.#tooLate(outcome);
    await this.#inTime(() => environment.sleep(pause, this.#signal), outcome);
  }

  /** An answer counts for more than the tidying up. A key that stays behind can replay this answer, and do nothing twice. */
  async #settle(key: string): Promise<void> {
    const operation = this.#operation;
    if (operation !== undefined) await untilAborted(this.#signal, () => this.#keys.settle(operation, key)).catch(() => {});
  }

  async #inTime<T>(work: () => Promise<T>, last?: Outcome): Promise<T> {
    try {
      return await untilAborted(this.#signal, work);
    } catch (error) {
      this.#throwIfOver(last);
      throw error;
    }
  }

  #throwIfOver(last: Outcome | undefined): void {
    if (this.#caller?.aborted) throw this.#caller.reason;
    if (this.#signal.aborted) throw this.#tooLate(last);
  }

  #tooLate(last: Outcome | undefined): IdempotentFetchDeadlineError {
    const was =
      last === undefined
        ? 'the storage did not answer'
        : last.response === undefined
          ? 'the last had no answer'
          : `the last answer was ${last.response.status}`;
    const message = `no definite answer within ${this.#settings.deadlineMs} ms (attempts: ${this.#attempts}; ${was})`;
    const cause = last !== undefined && 'error' in last ? { cause: last.error } : undefined;
    return new IdempotentFetchDeadlineError(this.#key, this.#attempts, last?.response, message, cause);
  }
}
