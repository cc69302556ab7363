/** DELETE /contacts/{contactId} */
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { IdempotentContext } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import type { ApiEvent } from './api-event.ts';
import { mutation } from './api-handler.ts';
import { commitChange } from './commit-contacts.ts';
import { contactIdOf } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { noContent } from './json-response.ts';

async function deleteContact(event: ApiEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  return commitChange(idempotency, account, contactIdOf(event), before => ({
    response: noContent(),
    writes: contacts.removal(account, before),
  }));
}

export const handler = mutation(deleteContact);
