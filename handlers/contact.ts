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

/** As many as fit into one transaction, beside the idempotency record. */
const mostContactsInBatch = 99;

export const contactBatch = z.strictObject({ contacts: z.array(contactInput).min(1).max(mostContactsInBatch) });

export type ContactInput = z.infer<typeof contactInput>;
export type ContactChanges = z.infer<typeof contactChanges>;

export interface Contact extends ContactInput {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function newContact(id: string, input: ContactInput, now: Date): Contact {
  return { id, ...input, createdAt: now.toISOString(), updatedAt: now.toISOString() };
}
