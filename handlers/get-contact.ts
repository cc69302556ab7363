/** GET /contacts/{contactId} */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { accountOf } from './account.ts';
import { contactIdOf, contactNotFound } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { jsonResponse } from './json-response.ts';

async function getContact(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const found = await contacts.get(accountOf(event), contactIdOf(event));
  if (found === undefined) throw contactNotFound();
  return jsonResponse(200, found.contact);
}

export const handler = middy(getContact).use(problemResponses());
