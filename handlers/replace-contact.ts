/** PUT /contacts/{contactId} */
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { IdempotentContext } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import type { ApiEvent } from './api-event.ts';
import { mutation } from './api-handler.ts';
import { commitChange } from './commit-contacts.ts';
import { contactInput, replaced } from './contact.ts';
import { contactIdOf } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { jsonResponse } from './json-response.ts';
import { bodyOf } from './request-body.ts';

async function replaceContact(event: ApiEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  const input = bodyOf(event, contactInput);
  return commitChange(idempotency, account, contactIdOf(event), before => {
    const after = replaced(before.contact, input, new Date());
    return { response: jsonResponse(200, after), writes: contacts.replacement(account, before, after) };
  });
}

export const handler = mutation(replaceContact);
