/** GET /contacts/{contactId} */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { accountOf } from './account.ts';
import type { ApiEvent } from './api-event.ts';
import { read } from './api-handler.ts';
import { contactIdOf, contactNotFound } from './contact-id.ts';
import * as contacts from './contacts-repository.ts';
import { jsonResponse } from './json-response.ts';

async function getContact(event: ApiEvent): Promise<APIGatewayProxyResult> {
  const found = await contacts.get(accountOf(event), contactIdOf(event));
  if (found === undefined) throw contactNotFound();
  return jsonResponse(200, found.contact);
}

export const handler = read(getContact);
