/** DELETE /contacts/{contactId} */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { idempotency } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import { contactIdOf, contactNotFound } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { noContent } from './json-response.ts';

async function deleteContact(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const isRemoved = await contacts.remove(accountOf(event), contactIdOf(event));
  if (!isRemoved) throw contactNotFound();
  return noContent();
}

export const handler = middy(deleteContact).use(idempotency().around([problemResponses()]));
