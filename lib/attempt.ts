/** One run of the handler, from the claim to the last write: complete on a 2xx, release on a failure, and hold the key when nobody knows. */
import type { Answer } from './answer.ts';
import type { Environment } from './environment.ts';
import { IdempotencyStoreError } from './errors.ts';
import type { Report } from './events.ts';
import type { HttpRequest } from './http/request.ts';
import { classifyResult, type Result } from './http/response.ts';
import type { Settings } from './options.ts';
import { type ClaimedRecord, completed, type IdempotencyRecord, type StoredResponse } from './protocol/record.ts';
import type { CallOptions, FinishResult } from './store/store.ts';
import { mayBeTimeout, retryDelayMs, storeBudget } from './time-limits.ts';

/** `context.idempotency`: what a handler is told about its request's key. Present without a key too. */
export interface IdempotencyContext {
  /** The request's key; undefined when it has none, or its method is not protected. */
  readonly key: string | undefined;
  /** 1, or n + 1 when this run took over from attempt n, whose lease ended without an outcome. */
  readonly attempt: number;
}

export interface Attempt {
  readonly context: IdempotencyContext;
  /**
   * What the handler's result is worth: read at once, and sharing nothing with it, so that it still holds after other
   * middlewares have changed the response.
   */
  assess(result: unknown): Result;
  /**
   * The attempt is over, with this result. Resolves to undefined when the client gets the handler's own answer, and to another
   * one when the claim was taken over. Never throws: after the handler ran, no trouble of ours may change its answer.
   */
  finish(result: Result): Promise<Answer | undefined>;
  /** The attempt threw. */
  fail(error: unknown): Promise<void>;
}

/** No key, a method that isn't protected, or a bypassed store: the handler runs, and nothing is remembered. */
export class UnprotectedAttempt implements Attempt {
  readonly context: IdempotencyContext;

  constructor(key: string | undefined) {
    this.context = { key, attempt: 1 };
  }

  assess(): Result {
    return { kind: 'failure' };
  }

  async finish(): Promise<undefined> {}

  async fail(): Promise<void> {}
}

export interface ProtectedAttemptProps {
  readonly key: string;
  readonly claim: ClaimedRecord;
  readonly http: HttpRequest;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly report: Report;
  readonly remaining: () => number;
  /** What a repeat would be answered while `held` holds the key; undefined when the key is free. */
  readonly answerAsDuplicate: (held: IdempotencyRecord | undefined) => Promise<Answer | undefined>;
}

export class ProtectedAttempt implements Attempt {
  readonly context: IdempotencyContext;
  readonly #props: ProtectedAttemptProps;

  constructor(props: ProtectedAttemptProps) {
    this.context = { key: props.key, attempt: props.claim.attempt };
    this.#props = props;
  }

  assess(result: unknown): Result {
    return classifyResult(result, this.#props.http.dialect);
  }

  async finish(result: Result): Promise<Answer | undefined> {
    if (result.kind === 'success') return this.#succeed(result.response);
    if (result.kind === 'failure') await this.#releaseUnlessUnknown();
    else this.#report('not_stored', { reason: result.reason });
    return undefined;
  }

  async fail(error: unknown): Promise<void> {
    if (isMiddyTimeout(error))
      this.#report('outcome_unknown', { reason: 'the handler was still running when Middy answered for it', error });
    else await this.#releaseUnlessUnknown(error);
  }

  async #succeed(response: StoredResponse): Promise<Answer | undefined> {
    try {
      if (!this.#props.settings.shouldStore(response)) {
        await this.#release();
        return undefined;
      }
    } catch (error) {
      this.#report('not_stored', { reason: 'shouldStore threw', error });
      return undefined;
    }
    return this.#complete(response);
  }

  async #complete(response: StoredResponse): Promise<Answer | undefined> {
    const { claim, settings, answerAsDuplicate } = this.#props;
    const record = completed(claim, response, settings.retentionMs);
    let result: FinishResult;
    try {
      result = await this.#insist(options => settings.store.complete(record, options));
    } catch (error) {
      // Applied or not, nobody knows. The client gets the response; a retry meets either it or the claim, until the lease ends.
      this.#report('not_stored', { error });
      return undefined;
    }
    if (result.outcome === 'done') {
      this.#report('completed', {});
      return undefined;
    }
    this.#report('lost_claim', { reason: 'the attempt outlived its lease; its response was not stored' });
    return answerAsDuplicate(result.to);
  }

  /**
   * A failure with hardly any time left may have been answered by a timeout, for a handler that is still running
   * (Middy's `timeoutEarlyResponse`): its key is not free yet.
   */
  async #releaseUnlessUnknown(error?: unknown): Promise<void> {
    if (mayBeTimeout(this.#props.remaining())) {
      this.#report('outcome_unknown', { reason: 'the attempt failed as its invocation was running out of time', error });
      return;
    }
    await this.#release();
  }

  async #release(): Promise<void> {
    const { claim, settings } = this.#props;
    try {
      const result = await this.#insist(options => settings.store.release(claim, options));
      if (result.outcome === 'done') this.#report('released', {});
      else this.#report('lost_claim', { reason: 'the attempt failed after it had outlived its lease' });
    } catch (error) {
      this.#report('not_released', { error });
    }
  }

  /** Sends the write again while that can help and there is time: every finish is conditional, so once applied is applied. */
  async #insist(write: (options: CallOptions) => Promise<FinishResult>): Promise<FinishResult> {
    const { environment, remaining } = this.#props;
    const giveUpAt = environment.now() + storeBudget(remaining());
    for (let tries = 0; ; tries++) {
      try {
        return await write({ signal: environment.timeout(Math.max(1, giveUpAt - environment.now())) });
      } catch (error) {
        const pause = retryDelayMs(tries, environment.random());
        const isFinal = !(error instanceof IdempotencyStoreError) || !error.retryable;
        if (isFinal || environment.now() + pause >= giveUpAt) throw error;
        await environment.sleep(pause);
      }
    }
  }

  #report(...[kind, details]: Parameters<Report>): void {
    this.#props.report(kind, { attempt: this.#props.claim.attempt, ...details });
  }
}

/** Middy's early timeout is told from any other `TimeoutError` (an aborted fetch) by its cause. */
function isMiddyTimeout(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'TimeoutError') return false;
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'package' in cause && cause.package === '@middy/core';
}
