/** How a request is answered whose key is held: the protocol's one decision, as a pure function. */
import type { CompletedRecord, EpochMs, IdempotencyRecord } from './record.ts';
import { isExpired } from './record.ts';

/** What a retry may do when the first attempt's lease ended without an outcome: run again, or be told that nobody knows. */
export type AfterCrash = 'rerun' | 'reject';

export interface DecisionRequest {
  readonly fingerprint: string;
  readonly afterCrash: AfterCrash;
}

export type Decision =
  /** The key is free. */
  | { readonly kind: 'claim' }
  /** The attempt that held the key is dead by its lease: run again, as attempt `attempt`. */
  | { readonly kind: 'take-over'; readonly owner: string; readonly attempt: number }
  | { readonly kind: 'replay'; readonly record: CompletedRecord }
  /** The key stands for another request. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'in-progress'; readonly leaseLeftMs: number }
  /** The attempt died, and policy says not to guess. */
  | { readonly kind: 'outcome-unknown' };

/**
 * Decides how to answer `request`, whose key is held by `record` (undefined: by nobody), at the instant `now`.
 *
 * A mismatch outranks every state: a client that sent another request is not helped by waiting for, or being shown, the
 * answer to this one, and must not take it over either.
 */
export function decide(record: IdempotencyRecord | undefined, request: DecisionRequest, now: EpochMs): Decision {
  if (record === undefined || isExpired(record, now)) return { kind: 'claim' };
  if (record.fingerprint !== request.fingerprint) return { kind: 'conflict' };
  if (record.state === 'completed') return { kind: 'replay', record };
  if (record.leaseUntil > now) return { kind: 'in-progress', leaseLeftMs: record.leaseUntil - now };
  if (request.afterCrash === 'reject') return { kind: 'outcome-unknown' };
  return { kind: 'take-over', owner: record.owner, attempt: record.attempt + 1 };
}
