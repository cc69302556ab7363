/** What API Gateway answers by itself, word for word. */
import type { ServerResponse } from 'node:http';

const gatewayAnswers = {
  'no such route': [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'],
  'no such API key': [403, 'Forbidden', 'ForbiddenException'],
  'body too large': [413, 'Request Too Long', 'RequestEntityTooLargeException'],
  'handler failed': [502, 'Internal server error', 'InternalServerErrorException'],
  'handler too slow': [504, 'Endpoint request timed out', 'InternalServerErrorException'],
} as const;

export type GatewayAnswer = keyof typeof gatewayAnswers;

export function sendGatewayAnswer(response: ServerResponse, answer: GatewayAnswer): void {
  const [status, message, errorType] = gatewayAnswers[answer];
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': errorType }).end(JSON.stringify({ message }));
}
