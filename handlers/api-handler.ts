/** What every handler of the API stands behind: CORS, errors as problem documents and, before a mutation, its idempotency key. */
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { type IdempotentContext, idempotency } from 'middy-idempotency-key';
import type { ApiEvent } from './api-event.ts';
import { cors, corsHeaders } from './cors.ts';
import { problemResponses } from './http-problem.ts';
import { idempotencyOptions } from './idempotency-options.ts';

/** What replays, waits and fails, for the stack's alarms and dashboard. The environment has the namespace and the service's name. */
const metrics = new Metrics();

/** A handler that changes something. */
export function mutation(handler: (event: ApiEvent, context: IdempotentContext) => Promise<APIGatewayProxyResult>) {
  return middy(handler).use(idempotency({ ...idempotencyOptions, metrics }).around(answers()));
}

/** A handler that only reads: a key makes no difference. */
export function read(handler: (event: ApiEvent) => Promise<APIGatewayProxyResult>) {
  return middy(handler).use(answers());
}

function answers() {
  return [
    // By a function: told the origin '*' itself, it adds `Vary: Origin` to answers that have their CORS headers (see jsonResponse).
    httpCors({ getOrigin: () => cors.origin, exposeHeaders: corsHeaders['Access-Control-Expose-Headers'] }),
    problemResponses(),
  ];
}
