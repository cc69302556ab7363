/** The public surface of `middy-idempotency-key/cdk`: what a CDK app imports. No Lambda function does. */
export {
  IdempotencyTable,
  type IdempotencyTableAttributes,
  type IdempotencyTableProps,
  type IIdempotencyTable,
} from './idempotency-table.ts';
