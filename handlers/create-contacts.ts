/** POST /contacts/batch: all of the contacts, or none. */
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { IdempotentContext } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import type { ApiEvent } from './api-event.ts';
import { mutation } from './api-handler.ts';
import { commitContacts } from './commit-contacts.ts';
import { contactBatch, newContact } from './contact.ts';
import { newContactId } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { jsonResponse } from './json-response.ts';
import { bodyOf } from './request-body.ts';

async function createContacts(event: ApiEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  const now = new Date();
  const batch = bodyOf(event, contactBatch).contacts.map(input => newContact(newContactId(), input, now));
  const response = jsonResponse(201, { contacts: batch });
  return commitContacts(idempotency, response, contacts.creations(account, batch), contact => `contacts.${batch.indexOf(contact)}.email`);
}

export const handler = mutation(createContacts);
