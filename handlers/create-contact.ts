/** POST /contacts */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { idempotency } from 'middy-idempotency-key';
import { v7 as uuidv7 } from 'uuid';
import { contactInput, newContact } from './contact.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { accountOf, bodyOf } from './request.ts';
import { jsonResponse } from './response.ts';

async function createContact(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const contact = newContact(bodyOf(event, contactInput), uuidv7(), new Date());
  await contacts.create(accountOf(event), [contact]);
  return jsonResponse(201, contact, { location: `contacts/${contact.id}` });
}

export const handler = middy(createContact).use(idempotency().around([problemResponses()]));
