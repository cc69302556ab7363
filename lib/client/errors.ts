/** The errors of the client, each with a `code` that stays the same from release to release. */

/** Stable codes of {@link IdempotentFetchConfigurationError}. */
export type ClientConfigurationErrorCode =
  /** An option of `createIdempotentFetch`. */
  | 'invalid_option'
  /** The arguments of a call. */
  | 'invalid_request';

/** A mistake in the calling code. Nothing was stored or sent. */
export class IdempotentFetchConfigurationError extends Error {
  override readonly name = 'IdempotentFetchConfigurationError';
  readonly code: ClientConfigurationErrorCode;

  constructor(code: ClientConfigurationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Stable codes of {@link IdempotentOperationError}. */
export type OperationErrorCode =
  /** The operation was begun with another method, URL or body, and hasn't settled. */
  | 'operation_changed'
  /** The operation was begun so long ago that the API has forgotten its key: sending it again could do it twice. */
  | 'operation_expired';

/** The key kept for this operation can't be used for this request. Nothing was sent, and the key is kept until it is forgotten. */
export class IdempotentOperationError extends Error {
  override readonly name = 'IdempotentOperationError';
  readonly code: OperationErrorCode;
  readonly operation: string;

  constructor(code: OperationErrorCode, operation: string, message: string) {
    super(message);
    this.code = code;
    this.operation = operation;
  }
}

/** Stable codes of {@link IdempotentFetchStorageError}. */
export type ClientStorageErrorCode =
  /** The storage threw, or didn't keep what it was given; `cause` is its error. */
  | 'storage_failed'
  /** What is stored under this operation's name isn't the client's. */
  | 'unreadable_record';

/** The key could not be kept where it outlives this page, so nothing was sent. */
export class IdempotentFetchStorageError extends Error {
  override readonly name = 'IdempotentFetchStorageError';
  readonly code: ClientStorageErrorCode;

  constructor(code: ClientStorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The time was up before there was a definite answer: the operation may have happened, may be happening, or may not. Its key is
 * kept under the operation's name, and a later call with it goes on where this one stopped.
 */
export class IdempotentFetchDeadlineError extends Error {
  override readonly name = 'IdempotentFetchDeadlineError';
  readonly code = 'deadline_exceeded';
  readonly key: string | undefined;
  readonly attempts: number;
  /** The last answer, such as a 503; undefined when the last attempt had none, and `cause` says why. */
  readonly response: Response | undefined;

  constructor(key: string | undefined, attempts: number, response: Response | undefined, message: string, options?: ErrorOptions) {
    super(message, options);
    this.key = key;
    this.attempts = attempts;
    this.response = response;
  }
}

/** A refusal of the API that the same request would meet again. */
abstract class IdempotencyRefusal extends Error {
  readonly key: string;
  readonly attempts: number;
  readonly response: Response;

  constructor(key: string, attempts: number, response: Response, message: string) {
    super(message);
    this.key = key;
    this.attempts = attempts;
    this.response = response;
  }
}

/**
 * 422 `idempotency_conflict`: the API knows this key from another request. It did nothing for this one. When an earlier attempt
 * of this operation had no answer, the key is kept, because that attempt may have happened.
 */
export class IdempotencyConflictError extends IdempotencyRefusal {
  override readonly name = 'IdempotencyConflictError';
  readonly code = 'idempotency_conflict';

  constructor(key: string, attempts: number, response: Response) {
    super(key, attempts, response, 'the API knows this Idempotency-Key from a request with another method, path or body');
  }
}

/**
 * 409 `idempotency_outcome_unknown`: an earlier attempt ended and nobody knows how. Sending it again won't help. Find out
 * whether the operation happened; its key is kept until the operation is forgotten.
 */
export class IdempotencyOutcomeUnknownError extends IdempotencyRefusal {
  override readonly name = 'IdempotencyOutcomeUnknownError';
  readonly code = 'idempotency_outcome_unknown';

  constructor(key: string, attempts: number, response: Response) {
    super(key, attempts, response, 'an earlier attempt of this operation ended without a known outcome, and the API did not repeat it');
  }
}
