/** What a user writes on the other side of the wire. */
import { createIdempotentFetch } from 'middy-idempotency-key/client';

const idempotentFetch = createIdempotentFetch();

export async function createContact(name: string): Promise<boolean> {
  const { response, replayed } = await idempotentFetch('https://example.com/contacts', { method: 'POST', body: JSON.stringify({ name }) });
  return response.ok && !replayed;
}
