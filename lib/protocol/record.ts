/**
 * What is remembered about a request, and the two states it can be in: `claimed` while an attempt runs, `completed` once its
 * response is stored. No record at all is the third state: the key is free.
 */

/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

/** A response as it is stored and replayed: what API Gateway is given, minus what must not be repeated. */
export interface StoredResponse {
  readonly statusCode: number;
  readonly statusDescription?: unknown;
  /** Values as the handler gave them, strings or not: what API Gateway made of them once, it makes of them again. */
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly multiValueHeaders?: Readonly<Record<string, unknown>>;
  /** Absent when the handler gave none: an absent body and an empty one stay different. */
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Stands for a response that is in its record: the store unpacks it when it is asked to load it. */
export interface PackedResponse {
  readonly packed: Uint8Array;
}

/** Stands for a response too large for its record: the store keeps it apart, and loads it when it is asked to. */
export interface ResponseApart {
  readonly bodyItems: number;
  /** Names the one write that the body came with: an attempt may make several, and an earlier one may arrive late. */
  readonly revision: string;
}

interface RecordOfAnAttempt {
  /** Hash of (caller, key): the record's only name. */
  readonly id: string;
  readonly fingerprint: string;
  /** Owner token: unique to one claim. Every write after the claim is conditional on it. */
  readonly owner: string;
  /** 1, or n + 1 when this claim took over attempt n's. */
  readonly attempt: number;
  readonly claimedAt: EpochMs;
  /** From this instant on the record counts as absent. */
  readonly expiresAt: EpochMs;
}

export interface ClaimedRecord extends RecordOfAnAttempt {
  readonly state: 'claimed';
  /** From this instant on another request may take the claim over. */
  readonly leaseUntil: EpochMs;
}

export interface CompletedRecord extends RecordOfAnAttempt {
  readonly state: 'completed';
  readonly response: StoredResponse | PackedResponse | ResponseApart;
  /** The token of the commit that completed it; absent when its attempt did without one. */
  readonly commit?: string;
}

/** A completed record as its own attempt makes it: with the response whole. */
export interface NewCompletion extends CompletedRecord {
  readonly response: StoredResponse;
}

export type IdempotencyRecord = ClaimedRecord | CompletedRecord;

export interface NewClaim {
  readonly id: string;
  readonly fingerprint: string;
  readonly owner: string;
  readonly attempt: number;
  readonly now: EpochMs;
  readonly leaseMs: number;
  readonly retentionMs: number;
}

export function newClaim({ id, fingerprint, owner, attempt, now, leaseMs, retentionMs }: NewClaim): ClaimedRecord {
  const leaseUntil = now + leaseMs;
  // A claim that expired under a running attempt would let a second one in: with a short retention the lease counts.
  const expiresAt = Math.max(leaseUntil, now + retentionMs);
  return { state: 'claimed', id, fingerprint, owner, attempt, claimedAt: now, leaseUntil, expiresAt };
}

/** The retention of a response starts with the claim that produced it, not with its completion. */
export function completed(claim: ClaimedRecord, response: StoredResponse, retentionMs: number): NewCompletion {
  const { leaseUntil: _, ...attempt } = claim;
  return { ...attempt, state: 'completed', expiresAt: claim.claimedAt + retentionMs, response };
}

/** Whether `found` is what an earlier try of `record` left behind. The attempt alone proves nothing: another commit may have completed it. */
export function isTryOf(record: CompletedRecord, found: IdempotencyRecord | undefined): boolean {
  return found?.state === 'completed' && found.owner === record.owner && found.commit === record.commit;
}

export function isExpired(record: IdempotencyRecord, now: EpochMs): boolean {
  return record.expiresAt <= now;
}
