/** The public surface of `middy-idempotency-key/client`: what a page or a program imports that calls such an API. No Node.js, no AWS. */
export {
  type ClientConfigurationErrorCode,
  type ClientStorageErrorCode,
  IdempotencyConflictError,
  IdempotencyOutcomeUnknownError,
  IdempotentFetchConfigurationError,
  IdempotentFetchDeadlineError,
  IdempotentFetchStorageError,
  IdempotentOperationError,
  type OperationErrorCode,
} from './errors.ts';
export { createIdempotentFetch, type IdempotentFetch, type IdempotentResult } from './idempotent-fetch.ts';
export type { KeyStorage } from './key-storage.ts';
export type { IdempotentFetchOptions } from './options.ts';
export type { RepeatableBody } from './repeatable-body.ts';
export type { IdempotentRequestInit } from './request.ts';
