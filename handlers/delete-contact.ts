/** DELETE /contacts/{contactId} */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type IdempotentContext, idempotency } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import { commitChange } from './commit-contacts.ts';
import { contactIdOf } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { noContent } from './json-response.ts';

async function deleteContact(event: APIGatewayProxyEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  return commitChange(idempotency, account, contactIdOf(event), before => ({
    response: noContent(),
    writes: contacts.removal(account, before),
  }));
}

export const handler = middy(deleteContact).use(idempotency().around([problemResponses()]));
