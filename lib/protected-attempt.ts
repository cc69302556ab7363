/** A run of the handler under a claim, up to the last write: complete on a 2xx, release on a failure, hold the key when nobody knows. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './answer.ts';
import type { Attempt, IdempotencyContext } from './attempt.ts';
import { Commit, type CommitOutcome } from './commit.ts';
import type { Environment } from './environment.ts';
import { IdempotencyStoreError } from './errors.ts';
import type { Report } from './events.ts';
import type { HttpRequest } from './http/request.ts';
import { classifyResult, type Result } from './http/response.ts';
import type { IdentifiedRequest } from './identify.ts';
import { insist } from './insist.ts';
import type { Settings } from './options.ts';
import { derivedKey } from './protocol/fingerprint.ts';
import { type ClaimedRecord, type CompletedRecord, completed, isTryOf, type StoredResponse } from './protocol/record.ts';
import { isToBeStored, storableOf } from './storable.ts';
import type { FinishResult, Holder, TransactionOptions, Write } from './store/store.ts';
import { mayBeTimeout, storeBudget } from './time-limits.ts';

export interface ProtectedAttemptProps {
  readonly request: IdentifiedRequest;
  readonly claim: ClaimedRecord;
  readonly http: HttpRequest;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly report: Report;
  readonly remaining: () => number;
  /** What a repeat would be answered while `held` holds the key; undefined when the key is free. */
  readonly answerAsDuplicate: (held: Holder) => Promise<Answer | undefined>;
}

export class ProtectedAttempt implements Attempt {
  readonly context: IdempotencyContext;
  readonly #props: ProtectedAttemptProps;
  readonly #commit: Commit;

  constructor(props: ProtectedAttemptProps) {
    const { request, claim, http, settings, environment, remaining } = props;
    this.#props = props;
    this.#commit = new Commit({ environment, remaining, storable: storableOf(http, settings) });
    this.context = {
      key: request.key,
      attempt: claim.attempt,
      commit: (response, writes) => this.#commit.run(response, (stored, options) => this.#sendCommit(stored, writes, options)),
      fence: () => [settings.store.fence(claim)],
      deriveKey: label => derivedKey(settings.store.name, request, label),
    };
  }

  assess(result: unknown): Result {
    return classifyResult(result, this.#props.http.dialect);
  }

  async finish(result: Result): Promise<Answer | undefined> {
    const commit = await this.#commit.end();
    if (commit.kind === 'committed') await this.#finishCommitted(commit.response, result);
    else if (commit.kind === 'unknown') this.#reportUnknownCommit();
    else if (result.kind === 'success') return this.#succeed(result.response);
    else if (result.kind === 'failure') await this.#releaseUnlessUnknown();
    else this.#report('not_stored', { reason: result.reason });
    return undefined;
  }

  async fail(error: unknown): Promise<Answer | undefined> {
    const commit = await this.#commit.end();
    if (commit.kind === 'committed') await this.#finishCommitted(commit.response, { kind: 'failure' }, error);
    else if (commit.kind === 'unknown') this.#reportUnknownCommit(error);
    else if (commit.kind === 'lost') return this.#loseTo(commit.to);
    else if (isMiddyTimeout(error))
      this.#report('outcome_unknown', { reason: 'the handler was still running when Middy answered for it', error });
    else await this.#releaseUnlessUnknown(error);
    return undefined;
  }

  async #sendCommit(stored: StoredResponse, writes: readonly Write[], options: TransactionOptions): Promise<CommitOutcome> {
    const { claim, settings } = this.#props;
    const record = completed(claim, stored, settings.retentionMs);
    try {
      const result = await settings.store.commit(record, writes, options);
      if (result.outcome === 'done') this.#report('completed', {});
      return result;
    } catch (error) {
      if (!(error instanceof IdempotencyStoreError) || !error.retryable) throw error;
      return this.#readBack({ ...record, commit: options.token }, error);
    }
  }

  /** The record shows whether an unanswered commit was applied. Our claim still standing shows nothing: the commit may be on its way. */
  async #readBack(record: CompletedRecord, error: IdempotencyStoreError): Promise<CommitOutcome> {
    const { settings, remaining } = this.#props;
    try {
      const found = await settings.store.read(record.id, { timeoutMs: storeBudget(remaining()) });
      if (found?.state === 'claimed' && found.owner === record.owner) return { outcome: 'unknown', error };
      if (!isTryOf(record, found)) return { outcome: 'lost', to: found, error };
      this.#report('completed', {});
      return { outcome: 'done' };
    } catch (readError) {
      const isUnreadable = readError instanceof IdempotencyStoreError && readError.code === 'unreadable_record';
      return isUnreadable ? { outcome: 'lost', to: 'unreadable', error } : { outcome: 'unknown', error };
    }
  }

  /** What is committed stands. Another 2xx, with headers that an `after` added, takes its place; a failure goes out and is not kept. */
  async #finishCommitted(committed: StoredResponse, result: Result, error?: unknown): Promise<void> {
    if (result.kind !== 'success') {
      this.#report('not_stored', {
        reason: 'the answer after the commit is not one that is stored: a retry replays the committed one',
        error,
      });
      return;
    }
    if (isDeepStrictEqual(result.response, committed)) return;
    const { claim, settings, environment, remaining } = this.#props;
    const record = completed(claim, result.response, settings.retentionMs);
    try {
      const amended = await insist(environment, remaining, options => settings.store.amend(record, options));
      if (amended.outcome === 'lost') this.#report('not_stored', { reason: 'the committed response has expired' });
    } catch (failure) {
      this.#report('not_stored', { reason: 'the changed response could not be stored: a retry replays the committed one', error: failure });
    }
  }

  async #succeed(response: StoredResponse): Promise<Answer | undefined> {
    try {
      if (!isToBeStored(response, this.#props.settings)) {
        await this.#release();
        return undefined;
      }
    } catch (error) {
      this.#report('not_stored', { reason: 'shouldStore did not say whether to store the response', error });
      return undefined;
    }
    return this.#complete(response);
  }

  async #complete(response: StoredResponse): Promise<Answer | undefined> {
    const { claim, settings, environment, remaining } = this.#props;
    const record = completed(claim, response, settings.retentionMs);
    let result: FinishResult;
    try {
      result = await insist(environment, remaining, options => settings.store.complete(record, options));
    } catch (error) {
      // Applied or not, nobody knows. The client gets the response; a retry meets either it or the claim, until the lease ends.
      this.#report('not_stored', { error });
      return undefined;
    }
    if (result.outcome === 'lost') return this.#loseTo(result.to);
    this.#report('completed', {});
    return undefined;
  }

  async #loseTo(held: Holder): Promise<Answer | undefined> {
    this.#report('lost_claim', { reason: 'the attempt outlived its lease; its response was not stored' });
    return this.#props.answerAsDuplicate(held);
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
    const { claim, settings, environment, remaining } = this.#props;
    try {
      const result = await insist(environment, remaining, options => settings.store.release(claim, options));
      if (result.outcome === 'done') this.#report('released', {});
      else this.#report('lost_claim', { reason: 'the attempt failed after it had outlived its lease' });
    } catch (error) {
      this.#report('not_released', { error });
    }
  }

  #reportUnknownCommit(error?: unknown): void {
    this.#report('outcome_unknown', { reason: 'nobody knows whether the commit was applied', error });
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
