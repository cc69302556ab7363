/** Whose contacts a request is about: the API key's id stands for the account. API Gateway has checked the key. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { HttpProblem } from './http-problem.ts';

export function accountOf(event: APIGatewayProxyEvent): string {
  const account = event.requestContext.identity.apiKeyId;
  if (!account) throw new HttpProblem(401, 'unauthorized', 'An API key is required.');
  return account;
}
