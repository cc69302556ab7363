/** PATCH /contacts/{contactId} */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { idempotency } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import { contactChanges } from './contact.ts';
import { contactIdOf, contactNotFound } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { jsonResponse } from './json-response.ts';
import { bodyOf } from './request-body.ts';

async function updateContact(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const contact = await contacts.change(accountOf(event), contactIdOf(event), bodyOf(event, contactChanges), new Date());
  if (contact === undefined) throw contactNotFound();
  return jsonResponse(200, contact);
}

export const handler = middy(updateContact).use(idempotency().around([problemResponses()]));
