/** Where a page of contacts begins. Opaque to clients, and good only for the account that it was given to. */
import { createHash } from 'node:crypto';
import { isContactId } from './contact-id.ts';

const idLength = 36;

export function cursorAfter(accountId: string, contactId: string): string {
  // A checksum, no signature: whoever computes one gets no further than to his own contacts, which the query sees to.
  const checksum = createHash('sha256').update(`${accountId}/${contactId}`).digest('base64url').slice(0, 8);
  return Buffer.from(contactId + checksum).toString('base64url');
}

/** The contact that the page follows; undefined when the cursor is not one that this account was given. */
export function contactBefore(accountId: string, cursor: string): string | undefined {
  const contactId = Buffer.from(cursor, 'base64url').toString().slice(0, idLength);
  return isContactId(contactId) && cursorAfter(accountId, contactId) === cursor ? contactId : undefined;
}
