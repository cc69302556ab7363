/** The refusals a client can meet: a closed list. Nothing else of ours ever reaches a client. */

export type ProblemType =
  | 'idempotency_key_required'
  | 'idempotency_key_invalid'
  | 'idempotency_conflict'
  | 'idempotency_in_progress'
  | 'idempotency_outcome_unknown'
  | 'idempotency_unavailable';

export interface Problem {
  readonly type: ProblemType;
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export const keyRequired: Problem = {
  type: 'idempotency_key_required',
  status: 400,
  message: 'This operation requires an Idempotency-Key.',
};

/** `reason` is one of the key parser's own sentences: it never quotes the key. */
export function keyInvalid(reason: string): Problem {
  return { type: 'idempotency_key_invalid', status: 400, message: `The Idempotency-Key is malformed: it ${reason}.` };
}

export const conflict: Problem = {
  type: 'idempotency_conflict',
  status: 422,
  message: 'This Idempotency-Key has already been used with a different request.',
};

/**
 * `Retry-After` names the end of the lease: from then on a retry is never told "in progress" by the attempt it waited for. A
 * client that retries sooner loses nothing.
 */
export function inProgress(leaseLeftMs: number): Problem {
  return {
    type: 'idempotency_in_progress',
    status: 409,
    message: 'A request with this Idempotency-Key is still in progress.',
    retryAfterSeconds: Math.max(1, Math.ceil(leaseLeftMs / 1000)),
  };
}

export const outcomeUnknown: Problem = {
  type: 'idempotency_outcome_unknown',
  status: 409,
  message: 'An earlier request with this Idempotency-Key ended without a known outcome. It was not repeated.',
};

export const unavailable: Problem = {
  type: 'idempotency_unavailable',
  status: 503,
  message: 'The request was not processed, because its Idempotency-Key could not be checked.',
  retryAfterSeconds: 1,
};

export interface ProblemResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/**
 * The problem as a response: RFC 9457's members, and the `error` member of the product. Both, because clients exist that take
 * a problem document without `error` for a success.
 */
export function problemResponse(problem: Problem, problemType: string | undefined, multiValueHeaders: boolean): ProblemResponse {
  const headers = {
    'content-type': 'application/problem+json',
    ...(problem.retryAfterSeconds === undefined ? {} : { 'retry-after': String(problem.retryAfterSeconds) }),
  };
  const body = JSON.stringify({
    // RFC 9457, section 4.2.1: with about:blank, the title is the status code's own phrase.
    type: problemType === undefined ? 'about:blank' : `${problemType}#${problem.type}`,
    title: problemType === undefined ? statusPhrases[problem.status] : titles[problem.type],
    status: problem.status,
    detail: problem.message,
    error: { type: problem.type, message: problem.message },
  });
  const place = multiValueHeaders ? { multiValueHeaders: inMultiValueForm(headers) } : { headers };
  return { statusCode: problem.status, ...place, body, isBase64Encoded: false };
}

const statusPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  409: 'Conflict',
  422: 'Unprocessable Content',
  503: 'Service Unavailable',
};

const titles: Readonly<Record<ProblemType, string>> = {
  idempotency_key_required: 'No Idempotency-Key was sent',
  idempotency_key_invalid: 'The Idempotency-Key can not be read',
  idempotency_conflict: 'The Idempotency-Key stands for another request',
  idempotency_in_progress: 'The first request has not finished',
  idempotency_outcome_unknown: 'Nobody knows how the first request ended',
  idempotency_unavailable: 'The Idempotency-Key could not be checked',
};

function inMultiValueForm(headers: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
}
