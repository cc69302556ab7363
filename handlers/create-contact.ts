/** POST /contacts */
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { IdempotentContext } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import type { ApiEvent } from './api-event.ts';
import { mutation } from './api-handler.ts';
import { commitContacts } from './commit-contacts.ts';
import { contactInput, newContact } from './contact.ts';
import { newContactId } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { jsonResponse } from './json-response.ts';
import { bodyOf } from './request-body.ts';

async function createContact(event: ApiEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  const contact = newContact(newContactId(), bodyOf(event, contactInput), new Date());
  // Relative to the URL of the request, which this function doesn't know: the stage and the domain may be in front.
  const response = jsonResponse(201, contact, { location: `contacts/${contact.id}` });
  return commitContacts(idempotency, response, contacts.creations(account, [contact]));
}

export const handler = mutation(createContact);
