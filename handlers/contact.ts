/** A contact: what clients may send, and what they get. */
import * as z from 'zod';

/** Half a surrogate pair is no character: the database would store another one than was sent. */
const text = z.string().refine(value => value.isWellFormed(), { error: 'must be well-formed Unicode' });

const name = text.trim().min(1).max(200);
const type = z.enum(['client', 'supplier', 'partner', 'lead']);
const email = z.email().max(254);
const phone = text.trim().min(3).max(40);
const notes = text.max(5_000);

/** Unknown members are refused: a misspelt one would be lost without a word. */
export const contactInput = z.strictObject({ name, type, email: email.optional(), phone: phone.optional(), notes: notes.optional() });

/** A JSON merge patch (RFC 7396): what is left out stays, and null takes an optional member away. */
export const contactChanges = z
  .strictObject({ name, type, email: email.nullable(), phone: phone.nullable(), notes: notes.nullable() })
  .partial()
  .refine(changes => Object.keys(changes).length > 0, { error: 'must change something' });

/** What one transaction takes beside the idempotency record. A contact is one write, and its e-mail address is another. */
const mostWrites = 99;

export const contactBatch = z
  .strictObject({ contacts: z.array(contactInput).min(1).max(mostWrites) })
  .refine(({ contacts }) => contacts.length + contacts.filter(contact => contact.email !== undefined).length <= mostWrites, {
    error: `must not have more than ${mostWrites} contacts and e-mail addresses together`,
  })
  .superRefine(({ contacts }, context) => {
    const seen = new Set<string>();
    for (const [index, contact] of contacts.entries()) {
      if (contact.email === undefined) continue;
      const address = comparableEmail(contact.email);
      if (seen.has(address)) context.addIssue({ code: 'custom', path: ['contacts', index, 'email'], message: 'is in this batch twice' });
      seen.add(address);
    }
  });

export type ContactInput = z.infer<typeof contactInput>;
export type ContactChanges = z.infer<typeof contactChanges>;

export interface Contact extends ContactInput {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a contact is after a replacement: its id and time of creation stay. */
export function replaced(before: Contact, input: ContactInput, now: Date): Contact {
  return { id: before.id, ...input, createdAt: before.createdAt, updatedAt: now.toISOString() };
}

export function changed(before: Contact, changes: ContactChanges, now: Date): Contact {
  const members = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
  // Null stands for absent in the changes, and in nothing else.
  return { ...(Object.fromEntries(members) as Omit<Contact, 'updatedAt'>), updatedAt: now.toISOString() };
}

/** One account has one contact with an address, however it is capitalized. */
export function comparableEmail(email: string): string {
  return email.toLowerCase();
}

export function newContact(id: string, input: ContactInput, now: Date): Contact {
  return { id, ...input, createdAt: now.toISOString(), updatedAt: now.toISOString() };
}
