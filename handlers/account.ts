/**
 * Whose contacts a request is about. API Gateway has checked the API key: a REST API by itself, and its key's id stands for the
 * account; an HTTP API through the authorizer (`authorize.ts`), which found the account.
 */
import { type ApiEvent, isHttpApiEvent } from './api-event.ts';
import { HttpProblem } from './http-problem.ts';

/** @throws HttpProblem 401 when API Gateway has checked nothing: never the header that the client sent, unchecked */
export function accountOf(event: ApiEvent): string {
  // A route without the authorizer has none of this, whatever the types say.
  const account = isHttpApiEvent(event) ? event.requestContext.authorizer?.lambda?.accountId : event.requestContext.identity.apiKeyId;
  if (!account) throw new HttpProblem(401, 'unauthorized', 'An API key is required.');
  return account;
}
