/**
 * What the REST API answers without a handler, in the form of all errors of the API: the stack has gateway responses made of it, and
 * the local API answers with it. By API Gateway's names for them.
 */
import { cors } from '../handlers/cors.ts';
import { problemDocument } from '../handlers/http-problem.ts';

interface GatewayProblem {
  /** Undefined: API Gateway has several of one class, and tells the template none of them. */
  readonly status?: number;
  readonly title: string;
  readonly type: string;
  readonly message: string;
}

const noRoute: GatewayProblem = {
  status: 404,
  title: 'Not Found',
  type: 'not_found',
  message: 'There is nothing at this path for this method.',
};

/** API Gateway doesn't say whether the function was called. */
const noAnswer: GatewayProblem = {
  status: 504,
  title: 'Gateway Timeout',
  type: 'gateway_timeout',
  message: 'There was no answer in time, and the request may have been processed. Repeat it with the same Idempotency-Key.',
};

const gatewayProblems = {
  INVALID_API_KEY: { status: 403, title: 'Forbidden', type: 'invalid_api_key', message: 'A valid API key is required, as x-api-key.' },
  // A missing route, as API Gateway calls it, and it would answer 403.
  MISSING_AUTHENTICATION_TOKEN: noRoute,
  RESOURCE_NOT_FOUND: noRoute,
  REQUEST_TOO_LARGE: { status: 413, title: 'Content Too Large', type: 'body_too_large', message: 'The request is too large.' },
  THROTTLED: {
    status: 429,
    title: 'Too Many Requests',
    type: 'rate_limit_exceeded',
    message: 'There are too many requests. Repeat this one later.',
  },
  QUOTA_EXCEEDED: {
    status: 429,
    title: 'Too Many Requests',
    type: 'quota_exceeded',
    message: "The API key's quota of requests is used up. It is renewed daily.",
  },
  INTEGRATION_FAILURE: noAnswer,
  INTEGRATION_TIMEOUT: noAnswer,
  // All others. Their titles are the names of their classes of status codes (RFC 9110).
  DEFAULT_4XX: { title: 'Client Error', type: 'request_refused', message: 'The request was refused.' },
  DEFAULT_5XX: { title: 'Server Error', type: 'internal_error', message: 'Something went wrong.' },
} as const satisfies Readonly<Record<string, GatewayProblem>>;

export type GatewayResponseType = keyof typeof gatewayProblems;

export interface GatewayResponse {
  readonly status: number | undefined;
  readonly body: string;
}

/** On each of them: they are for pages of other sites to read, too. */
export const gatewayResponseHeaders = {
  'Content-Type': 'application/problem+json',
  'Access-Control-Allow-Origin': cors.origin,
} as const;

export function gatewayResponse(name: GatewayResponseType): GatewayResponse {
  const problem: GatewayProblem = gatewayProblems[name];
  return { status: problem.status, body: JSON.stringify(problemDocument(problem)) };
}

// Cast: the keys are those of the table; TypeScript has them as strings.
export const gatewayResponseTypes = Object.keys(gatewayProblems) as readonly GatewayResponseType[];
