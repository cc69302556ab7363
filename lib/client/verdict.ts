/** Pure: what an answer means for the operation. */
export type Verdict =
  /** Sent again, with the same key. */
  | 'retry'
  /** The caller's, as `fetch` would give it. */
  | 'answer'
  | 'conflict'
  | 'outcome-unknown';

export interface Answer {
  readonly status: number;
  /** `error.type` of the answer's problem document, if it is one. */
  readonly problem: unknown;
}

/** A 409 may be the API's own ("this e-mail address is taken"): only the problem's type tells. */
export function judge({ status, problem }: Answer): Verdict {
  if (status === 429 || status >= 500) return 'retry';
  if (status === 409 && problem === 'idempotency_in_progress') return 'retry';
  if (status === 409 && problem === 'idempotency_outcome_unknown') return 'outcome-unknown';
  if (status === 422 && problem === 'idempotency_conflict') return 'conflict';
  return 'answer';
}

/**
 * Whether the operation is over with this answer, so that its key may go. `inDoubt`: an earlier attempt may have happened. Who
 * was refused at the door (401, 403) or by the key itself (conflict) has learnt nothing about that attempt. Without its
 * key, the same operation after the next log-in would happen a second time.
 */
export function settles(verdict: Verdict, status: number, inDoubt: boolean): boolean {
  if (verdict === 'answer') return !(inDoubt && (status === 401 || status === 403));
  return verdict === 'conflict' && !inDoubt;
}

/** An attempt leaves doubt unless it was turned away before it began. */
export function leavesDoubt(status: number): boolean {
  return status !== 429;
}
