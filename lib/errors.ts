/** The errors this package throws, each with a `code` that stays the same from release to release. */

/** Stable codes of {@link IdempotencyConfigurationError}. */
export type ConfigurationErrorCode =
  | 'invalid_option'
  | 'missing_table_name'
  | 'no_scope'
  | 'applied_twice'
  | 'unsupported_event'
  | 'unsupported_context';

/**
 * The middleware is set up in a way that can't work: a bad option (thrown by the factory), or a request it can't be applied to
 * (thrown on that request, before anything is written and before the handler runs).
 */
export class IdempotencyConfigurationError extends Error {
  override readonly name = 'IdempotencyConfigurationError';
  readonly code: ConfigurationErrorCode;

  constructor(code: ConfigurationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the store was asked to do when it failed. */
export type StoreOperation = 'claim' | 'take over' | 'read' | 'load response' | 'complete' | 'commit' | 'amend' | 'release';

/** Stable codes of {@link IdempotencyStoreError}. */
export type StoreErrorCode =
  /** DynamoDB refused, failed, or didn't answer in time; `cause` is the SDK's error. Whether a write was applied is not known. */
  | 'store_failed'
  /** The item under this key isn't one this version can read. */
  | 'unreadable_record';

/** The idempotency table could not be read or written. */
export class IdempotencyStoreError extends Error {
  override readonly name = 'IdempotencyStoreError';
  readonly code: StoreErrorCode;
  readonly operation: StoreOperation;
  /** False when sending the same call again can't help: no such table, no permission, an item that is too large. */
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, operation: StoreOperation, retryable: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.operation = operation;
    this.retryable = retryable;
  }
}

/**
 * The request was refused (400, 409, 422 or 503) before the handler ran. Under Middy it travels the error path, with
 * `request.response` already set to the problem document, so that other middlewares can log it or add their headers.
 */
export class IdempotencyRefusedError extends Error {
  override readonly name = 'IdempotencyRefusedError';
  /** The problem's `error.type`, such as `idempotency_conflict`. */
  readonly code: string;
  readonly statusCode: number;
  /** The message is written for clients: error handlers that know the `http-errors` convention may show it. */
  readonly expose = true;

  constructor(code: string, statusCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** Stable codes of {@link IdempotencyCommitError}. */
export type CommitErrorCode =
  /** A commit of this request is under way, has happened, or ended without a known outcome. One is all a request can have. */
  | 'already_committed'
  /** The response is not one that would be stored: no 2xx, no string body, or refused by `shouldStore`. */
  | 'response_not_stored'
  /** The writes are not what DynamoDB takes in one transaction. */
  | 'invalid_writes'
  /** DynamoDB didn't answer, and the record doesn't show the commit: it may still happen. The key is held until its lease ends. */
  | 'outcome_unknown';

/** `context.idempotency.commit` failed. Unless the code is `outcome_unknown`, nothing was written. */
export class IdempotencyCommitError extends Error {
  override readonly name = 'IdempotencyCommitError';
  readonly code: CommitErrorCode;

  constructor(code: CommitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The attempt outlived its lease, and another one has taken its claim over: the commit was refused, and nothing was written.
 * Let it through: the client then gets what a repeat would, the successor's answer or a 409.
 */
export class IdempotencyLostClaimError extends Error {
  override readonly name = 'IdempotencyLostClaimError';
  readonly code = 'lost_claim';

  constructor(options?: ErrorOptions) {
    super('the claim was taken over after its lease had ended; nothing was written', options);
  }
}
