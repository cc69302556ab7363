/**
 * What the engine asks of a store, and what it promises one. DynamoDB is the store that is shipped; the tests have another, and
 * every store must pass the same contract.
 *
 * Every call either answers or throws an {@link IdempotencyStoreError}; a call that throws may or may not have been applied.
 * Every write is atomic and conditional as described: there is no unconditional write. Reads see every earlier answered write.
 */
import type { ClaimedRecord, CompletedRecord, EpochMs, IdempotencyRecord, NewCompletion, StoredResponse } from '../protocol/record.ts';
import type { Write } from './transact-writes.ts';

export type { Write } from './transact-writes.ts';

/** A `ConditionCheck` in the form of `@aws-sdk/lib-dynamodb`. */
export type Fence = Extract<Write, { readonly ConditionCheck: unknown }>;

export interface CallOptions {
  /** After so many milliseconds the call gives up, and throws. */
  readonly timeoutMs: number;
}

/** `held`: not claimed, because of the record `by`; undefined when it was gone again by the time it was looked at. */
export type ClaimResult = { readonly outcome: 'claimed' } | { readonly outcome: 'held'; readonly by: IdempotencyRecord | undefined };

/** Who holds a key: a record, nobody, or an item that is not readable here, which was written by somebody all the same. */
export type Holder = IdempotencyRecord | 'unreadable' | undefined;

/**
 * `lost`: the claim is not ours any more; `to` holds the key now, if anybody does. A completion that finds itself applied is
 * `done`, and so is a release that finds nothing to release.
 */
export type FinishResult = { readonly outcome: 'done' } | { readonly outcome: 'lost'; readonly to: Holder };

/**
 * `cancelled`: nothing was written, because of the handler's own writes; `error` is DynamoDB's, and its reason i belongs to
 * write i. `isPassing`: only because of other transactions or throttling, so that the same again may succeed.
 */
export type WriteResult =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'cancelled'; readonly error: Error; readonly isPassing: boolean };

export type CommitResult = WriteResult | { readonly outcome: 'lost'; readonly to: Holder; readonly error: Error };

export interface TransactionOptions extends CallOptions {
  /** Unique to one commit and the same for each of its tries: DynamoDB applies it once. */
  readonly token: string;
}

export interface IdempotencyStore {
  /**
   * Writes `claim` if nobody holds its id at `now`, an expired record counting as nobody. A claim that meets its own owner
   * token, because the first answer was lost and the write sent again, is `claimed`.
   */
  claim(claim: ClaimedRecord, now: EpochMs, options: CallOptions): Promise<ClaimResult>;

  /** Writes `claim` if its id is still claimed by `seenOwner`. Own token as for `claim`. */
  takeOver(claim: ClaimedRecord, seenOwner: string, options: CallOptions): Promise<ClaimResult>;

  /** The record, expired or not; undefined when there is none. */
  read(id: string, options: CallOptions): Promise<IdempotencyRecord | undefined>;

  /** The whole response of a record that was read or met. Throws `unreadable_record` when it is not all there. */
  loadResponse(record: CompletedRecord, options: CallOptions): Promise<StoredResponse>;

  /** Replaces the claim by `record`, whose response is whole, if the claim of `record.owner` stands. */
  complete(record: NewCompletion, options: CallOptions): Promise<FinishResult>;

  /**
   * Performs `writes` and completes the record, or does neither: as `complete`, in one transaction. The record then names the
   * token in `commit`, so that it proves which commit of its attempt was applied.
   *
   * Throws an `IdempotencyCommitError` `invalid_writes` before anything is sent, and an `IdempotencyStoreError` that is
   * retryable exactly when the transaction may have been applied.
   */
  commit(record: NewCompletion, writes: readonly Write[], options: TransactionOptions): Promise<CommitResult>;

  /** Performs `writes`, or none of them. Throws as `commit` does. */
  write(writes: readonly Write[], options: TransactionOptions): Promise<WriteResult>;

  /** Replaces the response of a completed record by that of `record`, if `record.owner` completed it. */
  amend(record: NewCompletion, options: CallOptions): Promise<FinishResult>;

  /** A check, for a transaction of the handler's own, that the claim still stands. */
  fence(claim: ClaimedRecord): Fence;

  /** Names the store's table among all, for what is derived from a key. */
  readonly name: string;

  /** Removes the claim if it still stands. */
  release(claim: ClaimedRecord, options: CallOptions): Promise<FinishResult>;
}
