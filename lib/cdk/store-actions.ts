/** What a function with the middleware may do to the idempotency table: what the store sends, and no more. */
export const storeActions = [
  /** Claim, take over, complete. */
  'dynamodb:PutItem',
  /** Read what holds the key: by a waiter, and after a claim that met a running transaction. */
  'dynamodb:GetItem',
  /** Release. */
  'dynamodb:DeleteItem',
  /** Store a response too large for its record. */
  'dynamodb:BatchWriteItem',
  /** Replay it. */
  'dynamodb:BatchGetItem',
] as const;

/** With a customer managed key, DynamoDB uses the key in the name of its caller: what aws-cdk's own grants for reading and writing include. */
export const tableKeyActions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'] as const;
