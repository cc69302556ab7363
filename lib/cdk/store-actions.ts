/**
 * What a function with the middleware may do to the idempotency table: what the store sends, and no more. A transaction needs the
 * permission of each of its parts, and none of its own.
 */
export const storeActions = [
  /** Claim, take over, complete, commit. */
  'dynamodb:PutItem',
  /** Read what holds the key: by a waiter, and after a claim that met a running transaction. */
  'dynamodb:GetItem',
  /** Release. */
  'dynamodb:DeleteItem',
  /** Store a response too large for its record. */
  'dynamodb:BatchWriteItem',
  /** Replay it. */
  'dynamodb:BatchGetItem',
  /** What `fence()` puts into a handler's own transaction. */
  'dynamodb:ConditionCheckItem',
] as const;

/** DynamoDB uses a customer managed key in the name of its caller. These are in aws-cdk's own grants for reading and writing. */
export const tableKeyActions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'] as const;
