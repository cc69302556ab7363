/** The public surface of the runtime: what a Lambda function, its tests and its local runs import. */
export type { IdempotencyContext } from './attempt.ts';
export {
  type CommitErrorCode,
  type ConfigurationErrorCode,
  IdempotencyCommitError,
  IdempotencyConfigurationError,
  IdempotencyLostClaimError,
  IdempotencyRefusedError,
  IdempotencyStoreError,
  type StoreErrorCode,
  type StoreOperation,
} from './errors.ts';
export type { IdempotencyLogEntry, IdempotencyLogger } from './event-logger.ts';
export type { IdempotencyEvent, IdempotencyEventKind } from './events.ts';
export type { ProblemResponse, ProblemType } from './http/problems.ts';
export { type IdempotencyMiddleware, type IdempotentContext, idempotency } from './idempotency.ts';
export { idempotent } from './idempotent.ts';
export type { MetricsEmitter } from './metrics.ts';
export type { IdempotencyOptions } from './options.ts';
export type { AfterCrash } from './protocol/decide.ts';
export type { StoredResponse } from './protocol/record.ts';
export { idempotencyTableDefinition } from './store/dynamodb-requests.ts';
export type { Fence, Write } from './store/store.ts';
