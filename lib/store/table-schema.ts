/**
 * The one contract between the store, which writes the items of the idempotency table, and whatever creates the table (the CDK
 * construct, `idempotencyTableDefinition`). Imports nothing, so that both may import it. The attributes' names are constants of a module,
 * and no object's members, so that a bundler writes each of them once.
 */

/** The environment variable that names the table: the construct sets it, and `idempotency()` reads it. */
export const tableNameVariable = 'IDEMPOTENCY_TABLE_NAME';

/** Partition key, a string: SHA-256 of (caller, key). The table has no sort key. */
export const id = 'id';

/** Version of the item's format, a number. */
export const version = 'v';

/** `claimed` or `completed`. */
export const state = 'state';

/** SHA-256 of what the key stands for: method and path, by default. */
export const fingerprint = 'fingerprint';

/** Owner token: names the one invocation that may complete or release the claim. */
export const owner = 'owner';

/** 1, or n + 1 for a claim that took over attempt n's. */
export const attempt = 'attempt';

/** Epoch milliseconds. */
export const claimedAt = 'claimedAt';

/** Epoch milliseconds; on claimed items only. */
export const leaseUntil = 'leaseUntil';

/** Epoch milliseconds: past it, the item counts as absent. */
export const expiresAt = 'expiresAt';

/** Epoch seconds, rounded up from `expiresAt`: the attribute DynamoDB's time to live is switched on for. */
export const ttl = 'ttl';

/** The stored response, packed; on completed items, unless it is in body items. */
export const response = 'response';

/** How many body items hold the packed response; on completed items only. */
export const bodyItems = 'bodyItems';

/** Names the one write that the body items came with, a string. */
export const bodyRevision = 'bodyRevision';

/** The token of the commit that completed the record, a string; absent when it was completed without one. */
export const commit = 'commit';

/** A stretch of a packed response; on body items, which have besides it an id, a version and a time to live. */
export const part = 'part';
