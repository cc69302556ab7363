/** POST /contacts/batch: all of the contacts, or none. */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { idempotency } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import { contactBatch, newContact } from './contact.ts';
import { newContactId } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { jsonResponse } from './json-response.ts';
import { bodyOf } from './request-body.ts';

async function createContacts(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  const now = new Date();
  const batch = bodyOf(event, contactBatch).contacts.map(input => newContact(newContactId(), input, now));
  await contacts.commit(contacts.creations(account, batch));
  return jsonResponse(201, { contacts: batch });
}

export const handler = middy(createContacts).use(idempotency().around([problemResponses()]));
