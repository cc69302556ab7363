/** POST /contacts */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type IdempotentContext, idempotency } from 'middy-idempotency-key';
import { accountOf } from './account.ts';
import { commitContacts } from './commit-contacts.ts';
import { contactInput, newContact } from './contact.ts';
import { newContactId } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { problemResponses } from './http-problem.ts';
import { jsonResponse } from './json-response.ts';
import { bodyOf } from './request-body.ts';

async function createContact(event: APIGatewayProxyEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  const contact = newContact(newContactId(), bodyOf(event, contactInput), new Date());
  // Relative to the URL of the request, which this function doesn't know: the stage and the domain may be in front.
  const response = jsonResponse(201, contact, { location: `contacts/${contact.id}` });
  return commitContacts(idempotency, response, contacts.creations(account, [contact]));
}

export const handler = middy(createContact).use(idempotency().around([problemResponses()]));
