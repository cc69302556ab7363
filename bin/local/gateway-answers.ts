/** What API Gateway answers by itself, as the stack has told it to. */
import type { ServerResponse } from 'node:http';
import { cors, corsHeaders } from '../../handlers/cors.ts';
import { methods } from '../../handlers/routes.ts';
import { gatewayResponse, gatewayResponseHeaders } from '../gateway-responses.ts';

const gatewayAnswers = {
  'no such route': ['MISSING_AUTHENTICATION_TOKEN', 'MissingAuthenticationTokenException'],
  'no such API key': ['INVALID_API_KEY', 'ForbiddenException'],
  'body too large': ['REQUEST_TOO_LARGE', 'RequestEntityTooLargeException'],
  'handler failed': ['DEFAULT_5XX', 'InternalServerErrorException'],
} as const;

export type GatewayAnswer = keyof typeof gatewayAnswers;

export function sendGatewayAnswer(response: ServerResponse, answer: GatewayAnswer): void {
  const [name, errorType] = gatewayAnswers[answer];
  // Of those that have no status of their own, API Gateway gives a failed function's.
  const { status = 502, body } = gatewayResponse(name);
  response.writeHead(status, { ...gatewayResponseHeaders, 'x-amzn-errortype': errorType }).end(body);
}

/** The same whatever is asked for: the browser compares. */
export function sendPreflight(response: ServerResponse): void {
  const headers = {
    ...corsHeaders,
    'Access-Control-Allow-Methods': methods.join(','),
    'Access-Control-Allow-Headers': cors.requestHeaders.join(','),
    'Access-Control-Max-Age': String(cors.maxAgeSeconds),
  };
  response.writeHead(204, headers).end();
}
