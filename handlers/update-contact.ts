/** PATCH /contacts/{contactId} */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { idempotency } from 'middy-idempotency-key';
import { contactChanges } from './contact.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { accountOf, bodyOf, contactIdOf, contactNotFound } from './request.ts';
import { jsonResponse } from './response.ts';

async function updateContact(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const contact = await contacts.change(accountOf(event), contactIdOf(event), bodyOf(event, contactChanges), new Date());
  if (contact === undefined) throw contactNotFound();
  return jsonResponse(200, contact);
}

export const handler = middy(updateContact).use(idempotency().around([problemResponses()]));
