/** GET /contacts: a page of them, `limit` (1 to 100, default 25) long, from `cursor` on. */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { z } from 'zod';
import * as contacts from './contacts-repository.ts';
import { HttpProblem, problemResponses } from './http-problem.ts';
import { accountOf } from './request.ts';
import { jsonResponse } from './response.ts';

const limitParameter = z.coerce.number().int().min(1).max(100).default(25);

/** The id of a page's last contact. A cursor names no account: a foreign one shows nothing foreign. */
const cursorParameter = z.uuid().optional();

async function listContacts(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { limit, cursor } = event.queryStringParameters ?? {};
  const page = await contacts.list(accountOf(event), checked('limit', limitParameter, limit), decoded(cursor));
  return jsonResponse(200, { contacts: page.contacts, nextCursor: page.next === undefined ? null : encoded(page.next) });
}

function encoded(contactId: string): string {
  return Buffer.from(contactId).toString('base64url');
}

function decoded(cursor: string | undefined): string | undefined {
  return checked('cursor', cursorParameter, cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString());
}

function checked<T extends z.ZodType>(name: string, schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = [{ path: name, message: parsed.error.issues.map(({ message }) => message).join('; ') }];
  throw new HttpProblem(400, 'invalid_request', `The parameter "${name}" is not valid.`, { errors });
}

export const handler = middy(listContacts).use(problemResponses());
