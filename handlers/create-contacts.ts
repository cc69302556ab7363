/** POST /contacts/batch: all of the contacts, or none. */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { idempotency } from 'middy-idempotency-key';
import { v7 as uuidv7 } from 'uuid';
import { contactBatch, newContact } from './contact.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { accountOf, bodyOf } from './request.ts';
import { jsonResponse } from './response.ts';

async function createContacts(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const now = new Date();
  const batch = bodyOf(event, contactBatch).contacts.map(input => newContact(input, uuidv7(), now));
  await contacts.create(accountOf(event), batch);
  return jsonResponse(201, { contacts: batch });
}

export const handler = middy(createContacts).use(idempotency().around([problemResponses()]));
