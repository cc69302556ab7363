/**
 * The one contract between the store, which writes the items of the idempotency table, and whatever creates the table (the CDK
 * construct, `idempotencyTableDefinition`). Imports nothing, so that both may import it.
 */

/** The environment variable that names the table: the construct sets it, and `idempotency()` reads it. */
export const tableNameVariable = 'IDEMPOTENCY_TABLE_NAME';

/** The attributes' names. */
export const attribute = {
  /** Partition key, a string: SHA-256 of (caller, key). The table has no sort key. */
  id: 'id',
  /** Version of the item's format, a number. */
  version: 'v',
  /** `claimed` or `completed`. */
  state: 'state',
  /** SHA-256 of what the key stands for: method and path, by default. */
  fingerprint: 'fingerprint',
  /** Owner token: names the one invocation that may complete or release the claim. */
  owner: 'owner',
  /** 1, or n + 1 for a claim that took over attempt n's. */
  attempt: 'attempt',
  /** Epoch milliseconds. */
  claimedAt: 'claimedAt',
  /** Epoch milliseconds; on claimed items only. */
  leaseUntil: 'leaseUntil',
  /** Epoch milliseconds: past it, the item counts as absent. */
  expiresAt: 'expiresAt',
  /** Epoch seconds, rounded up from `expiresAt`: the attribute DynamoDB's time to live is switched on for. */
  ttl: 'ttl',
  /** The stored response, packed; on completed items, unless it is in body items. */
  response: 'response',
  /** How many body items hold the packed response; on completed items only. */
  bodyItems: 'bodyItems',
  /** Names the one write that the body items came with, a string. */
  bodyRevision: 'bodyRevision',
  /** The token of the commit that completed the record, a string; absent when it was completed without one. */
  commit: 'commit',
  /** A stretch of a packed response; on body items, which have besides it an id, a version and a time to live. */
  part: 'part',
} as const;
