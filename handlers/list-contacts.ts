/** GET /contacts: a page of them, `limit` long (1 to 100, 25 unless told), from `cursor` on. */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { accountOf } from './account.ts';
import type { ApiEvent } from './api-event.ts';
import { read } from './api-handler.ts';
import * as contacts from './contacts-repository.ts';
import { contactBefore, cursorAfter } from './cursor.ts';
import { HttpProblem } from './http-problem.ts';
import { jsonResponse } from './json-response.ts';

async function listContacts(event: ApiEvent): Promise<APIGatewayProxyResult> {
  const account = accountOf(event);
  const { limit, cursor } = event.queryStringParameters ?? {};
  const page = await contacts.list(account, limitIn(limit), startIn(account, cursor));
  const last = page.hasMore ? page.contacts.at(-1) : undefined;
  return jsonResponse(200, { contacts: page.contacts, nextCursor: last === undefined ? null : cursorAfter(account, last.id) });
}

function limitIn(parameter = '25'): number {
  const limit = /^\d{1,3}$/.test(parameter) ? Number(parameter) : 0;
  if (limit < 1 || limit > 100) throw badParameter('limit', 'must be a number from 1 to 100');
  return limit;
}

function startIn(account: string, parameter: string | undefined): string | undefined {
  if (parameter === undefined) return undefined;
  const start = contactBefore(account, parameter);
  if (start === undefined) throw badParameter('cursor', 'must be a nextCursor of this list');
  return start;
}

function badParameter(path: string, message: string): HttpProblem {
  return new HttpProblem(400, 'invalid_request', `The parameter "${path}" is not valid.`, [{ path, message }]);
}

export const handler = read(listContacts);
