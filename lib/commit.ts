/**
 * `context.idempotency.commit`: the handler's writes and the record's completion in one transaction, once for a request.
 *
 * It ends in one of four ways, and what the attempt may do afterwards depends on which: nothing was written, and everything is
 * still possible; all of it was written; the claim was lost, and nothing was written; nobody knows.
 */
import type { Environment } from './environment.ts';
import { IdempotencyCommitError, IdempotencyLostClaimError, IdempotencyStoreError } from './errors.ts';
import type { StoredResponse } from './protocol/record.ts';
import type { CommitResult, Holder, TransactionOptions } from './store/store.ts';
import { retryDelayMs, storeBudget } from './time-limits.ts';

export type CommitState =
  | { readonly kind: 'open' }
  | { readonly kind: 'running' }
  | { readonly kind: 'committed'; readonly response: StoredResponse }
  | { readonly kind: 'lost'; readonly to: Holder }
  | { readonly kind: 'unknown' };

/** What the transaction turned out to be, once it is known whether an unanswered one was applied. */
export type CommitOutcome = CommitResult | { readonly outcome: 'unknown'; readonly error: IdempotencyStoreError };

export interface CommitProps {
  readonly environment: Environment;
  readonly remaining: () => number;
  /** The response as it is stored; throws when it is none that would be. */
  readonly storable: (response: unknown) => StoredResponse;
}

/** A transaction that met others, or was throttled, is sent this many times more. */
const mostRetries = 3;

export class Commit {
  readonly #props: CommitProps;
  #state: CommitState = { kind: 'open' };
  #running: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(props: CommitProps) {
    this.#props = props;
  }

  /** As it stands; `running` while nobody has answered. */
  get state(): CommitState {
    return this.#state;
  }

  /** How it ended, once a commit that the handler didn't wait for is over. */
  async end(): Promise<CommitState> {
    // What is committed after this would be in nobody's answer. At once, for the handler may wait for a commit of its own, to send
    // another when it fails.
    this.#isEnding = true;
    await this.#running.catch(() => {});
    return this.#state;
  }

  async run<T>(response: T, send: (stored: StoredResponse, options: TransactionOptions) => Promise<CommitOutcome>): Promise<T> {
    const kind = this.#state.kind === 'open' && this.#isEnding ? 'closed' : this.#state.kind;
    if (kind !== 'open') throw new IdempotencyCommitError('already_committed', alreadyCommitted[kind]);
    const stored = this.#props.storable(response);
    this.#state = { kind: 'running' };
    const running = this.#settle(stored, send);
    this.#running = running;
    await running;
    return response;
  }

  /** Sets the state before it throws: nothing that comes later may take a refusal for the unknown, or the reverse. */
  async #settle(
    stored: StoredResponse,
    send: (stored: StoredResponse, options: TransactionOptions) => Promise<CommitOutcome>,
  ): Promise<void> {
    let result: CommitOutcome;
    try {
      result = await this.#sendUntilDecided(options => send(stored, options));
    } catch (error) {
      // Refused before it was sent, or by DynamoDB for what it says: nothing was written. The SDK's own error says it best.
      this.#state = { kind: 'open' };
      throw error instanceof IdempotencyStoreError ? (error.cause ?? error) : error;
    }
    switch (result.outcome) {
      case 'done':
        this.#state = { kind: 'committed', response: stored };
        return;
      case 'cancelled':
        this.#state = { kind: 'open' };
        throw result.error;
      case 'lost':
        this.#state = { kind: 'lost', to: result.to };
        throw new IdempotencyLostClaimError({ cause: result.error });
      case 'unknown':
        this.#state = { kind: 'unknown' };
        throw new IdempotencyCommitError('outcome_unknown', 'DynamoDB did not answer: the commit may have been applied, or may still be', {
          cause: result.error,
        });
    }
  }

  async #sendUntilDecided(send: (options: TransactionOptions) => Promise<CommitOutcome>): Promise<CommitOutcome> {
    const { environment, remaining } = this.#props;
    const token = environment.newToken();
    const giveUpAt = environment.elapsedMs() + storeBudget(remaining());
    for (let retries = 0; ; retries++) {
      const result = await send({ token, timeoutMs: Math.max(1, giveUpAt - environment.elapsedMs()) });
      const pause = retryDelayMs(retries, environment.random());
      const isOver = retries === mostRetries || environment.elapsedMs() + pause >= giveUpAt;
      // Stryker disable next-line ConditionalExpression: false for the first is equivalent; only a cancellation has `isPassing`.
      if (result.outcome !== 'cancelled' || !result.isPassing || isOver) return result;
      await environment.sleep(pause);
    }
  }
}

const alreadyCommitted: Readonly<Record<Exclude<CommitState['kind'], 'open'> | 'closed', string>> = {
  running: 'a commit of this request is under way: a request has one',
  committed: 'this request has committed: a request has one commit',
  lost: 'the claim was taken over: nothing can be committed any more',
  closed: 'the handler has answered already: commit before it does',
  unknown: 'nobody knows whether the commit of this request was applied: another one might do it twice',
};
