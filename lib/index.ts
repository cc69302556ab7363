/** The public surface of the runtime: what a Lambda function, its tests and its local runs import. */
export type { IdempotentResponse } from './answer.ts';
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
export { type IdempotencyMiddleware, idempotency } from './idempotency.ts';
export { type IdempotentHandler, idempotent, type PlainHandler } from './idempotent.ts';
export type { IdempotentContext, LambdaContext } from './lambda-context.ts';
export type { MetricsEmitter } from './metrics.ts';
export type { AnyMiddleware, Middleware } from './middy-types.ts';
export type { IdempotencyOptions } from './options.ts';
export type { PolicyDescriptions } from './policy/descriptions.ts';
export type { OpenApiFragment } from './policy/openapi.ts';
export { type IdempotencyPolicy, policy } from './policy/policy.ts';
export type { AfterCrash } from './protocol/decide.ts';
export type { StoredResponse } from './protocol/record.ts';
export { idempotencyTableDefinition } from './store/dynamodb-requests.ts';
export type { Fence, Write } from './store/store.ts';
