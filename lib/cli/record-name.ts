/** A key and its caller → the record's id, by the library's own way from an event to a record. */
import { identify, receive } from '../identify.ts';
import type { Settings } from '../options.ts';
import { type CallerAndKey, UsageError } from './command-line.ts';

/** @throws UsageError when the key is malformed */
export function recordIdOf(caller: CallerAndKey, settings: Settings): string {
  const event = eventOf(caller, settings.headerName);
  const identified = identify(receive(event, settings), event, {}, settings);
  if (identified.kind === 'keyed') return identified.request.id;
  throw new UsageError(identified.kind === 'refused' ? identified.problem.message : 'the key is empty');
}

/** An event of a REST API that has what names the caller, where API Gateway puts it. Method and path don't count for the id. */
function eventOf({ key, apiKeyId, apiKey, issuer, subject, principal, userArn, cognitoIdentity }: CallerAndKey, headerName: string) {
  const claims = subject === undefined ? {} : { claims: { iss: issuer, sub: subject } };
  return {
    httpMethod: 'POST',
    path: '/',
    headers: { [headerName]: key, 'x-api-key': apiKey },
    requestContext: {
      identity: { apiKeyId, userArn, cognitoIdentityId: cognitoIdentity },
      authorizer: { ...claims, ...(principal === undefined ? {} : { principalId: principal }) },
    },
  };
}
