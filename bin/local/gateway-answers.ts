/** What API Gateway answers by itself, word for word, with the CORS headers that the stack has it add. */
import type { ServerResponse } from 'node:http';
import { cors, corsHeaders } from '../../handlers/cors.ts';
import { methods } from '../../handlers/routes.ts';

const gatewayAnswers = {
  'no such route': [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'],
  'no such API key': [403, 'Forbidden', 'ForbiddenException'],
  'body too large': [413, 'Request Too Long', 'RequestEntityTooLargeException'],
  'handler failed': [502, 'Internal server error', 'InternalServerErrorException'],
} as const;

export type GatewayAnswer = keyof typeof gatewayAnswers;

export function sendGatewayAnswer(response: ServerResponse, answer: GatewayAnswer): void {
  const [status, message, errorType] = gatewayAnswers[answer];
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': errorType, 'Access-Control-Allow-Origin': cors.origin };
  response.writeHead(status, headers).end(JSON.stringify({ message }));
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
