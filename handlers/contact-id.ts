/** Ids of contacts: made here, and read from paths. */
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import type { ApiEvent } from './api-event.ts';
import { HttpProblem } from './http-problem.ts';

const contactId = z.uuidv7();

/** UUIDv7 begins with the time: in the order of their ids, contacts are in the order of their creation. */
export function newContactId(): string {
  return uuidv7();
}

export function isContactId(text: unknown): text is string {
  return contactId.safeParse(text).success;
}

/** What can't be an id names no contact. */
export function contactIdOf(event: ApiEvent): string {
  const id = event.pathParameters?.contactId;
  if (!isContactId(id)) throw contactNotFound();
  return id;
}

export function contactNotFound(): HttpProblem {
  return new HttpProblem(404, 'contact_not_found', 'There is no such contact.');
}
