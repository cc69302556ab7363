/** Errors that clients see: problem documents (RFC 9457), with the `error` member that the whole API's errors have. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { ApiEvent } from './api-event.ts';

/** One member of the request that is wrong, and how. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** With `about:blank` for its type, a problem has its status's own phrase for its title. */
const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
} as const;

/** Thrown by handlers; the message is written for clients. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: keyof typeof titles;
  readonly type: string;
  readonly faults: readonly Fault[] | undefined;

  constructor(status: keyof typeof titles, type: string, message: string, faults?: readonly Fault[]) {
    super(message);
    this.status = status;
    this.type = type;
    this.faults = faults;
  }
}

/** Middy middleware: answers a thrown `HttpProblem` as it says, and anything else with a 500 that gives nothing away. */
export function problemResponses(): MiddlewareObj<ApiEvent, APIGatewayProxyResult> {
  return {
    onError: function answerWithProblem(request) {
      // A refusal of the idempotency middleware is answered already.
      if (request.response !== undefined) return;
      const { error } = request;
      if (!(error instanceof HttpProblem)) console.error(error);
      request.response = responseTo(error instanceof HttpProblem ? error : new HttpProblem(500, 'internal_error', 'Something went wrong.'));
    },
  };
}

function responseTo({ status, type, message, faults }: HttpProblem): APIGatewayProxyResult {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problemDocument({ status, title: titles[status], type, message, faults })),
  };
}

interface ProblemFacts {
  readonly status?: number;
  readonly title: string;
  readonly type: string;
  readonly message: string;
  readonly faults?: readonly Fault[] | undefined;
}

/** What all errors of the API have for a body. Members that are undefined are left out of the JSON. */
export function problemDocument({ status, title, type, message, faults }: ProblemFacts) {
  return { type: 'about:blank', title, status, detail: message, errors: faults, error: { type, message } };
}
