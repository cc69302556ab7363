/** Errors that clients see: problem documents (RFC 9457) with the `error` member that every answer of this API has in common. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

interface Details {
  /** Which member of the request is wrong, and how. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly type: string;
  readonly details: Details;

  constructor(status: number, type: string, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = details;
  }
}

/** Middy middleware: answers a thrown `HttpProblem` as it says, and anything else with a 500 that gives nothing away. */
export function problemResponses(): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    onError: function answerWithProblem(request) {
      // A refusal of the idempotency middleware is answered already.
      if (request.response !== undefined) return;
      const { error } = request;
      if (!(error instanceof HttpProblem)) console.error(error);
      request.response = responseFor(
        error instanceof HttpProblem ? error : new HttpProblem(500, 'internal_error', 'Something went wrong.'),
      );
    },
  };
}

function responseFor({ status, type, message, details }: HttpProblem): APIGatewayProxyResult {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', status, detail: message, ...details, error: { type, message } }),
  };
}
