/** A contact: what clients may send, and what they get. */
import { z } from 'zod';

const name = z.string().trim().min(1).max(200);
const type = z.enum(['client', 'supplier', 'partner', 'lead']);
const email = z.email().max(254);
const phone = z.string().trim().min(3).max(40);
const notes = z.string().max(5_000);

/** Unknown members are refused: a misspelt one would be lost without a word. */
export const contactInput = z.strictObject({ name, type, email: email.optional(), phone: phone.optional(), notes: notes.optional() });

/** A JSON merge patch (RFC 7396): what is left out stays, and null takes an optional member away. */
export const contactChanges = z
  .strictObject({ name, type, email: email.nullable(), phone: phone.nullable(), notes: notes.nullable() })
  .partial()
  .refine(changes => Object.keys(changes).length > 0, { error: 'must change something' });

/** As many as fit into one transaction, beside the idempotency record. */
export const mostContactsInBatch = 99;

export const contactBatch = z.strictObject({ contacts: z.array(contactInput).min(1).max(mostContactsInBatch) });

export type ContactInput = z.infer<typeof contactInput>;
export type ContactChanges = z.infer<typeof contactChanges>;

export interface Contact extends ContactInput {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function newContact(input: ContactInput, id: string, now: Date): Contact {
  return { id, ...input, createdAt: now.toISOString(), updatedAt: now.toISOString() };
}
