/**
 * The contacts API's routes: one table, read by the CDK stack (a function and a method for each) and by the local API
 * (the same functions, called with the same events). A route's `entry` is a file of this folder that exports `handler`.
 */
export interface Route {
  /** Names the function, in kebab-case. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** API Gateway's resource path. */
  readonly resource: string;
  readonly entry: string;
  /** What the handler does to the contacts table. */
  readonly contacts: 'read' | 'write';
  /** Whether the handler honours `Idempotency-Key`, and so needs the idempotency table. */
  readonly idempotent: boolean;
}

const collection = '/api/v1/developers/contacts';
const item = `${collection}/{contactId}`;

export const routes: readonly Route[] = [
  { name: 'create-contact', method: 'POST', resource: collection, entry: 'create-contact.ts', contacts: 'write', idempotent: true },
  {
    name: 'create-contacts',
    method: 'POST',
    resource: `${collection}/batch`,
    entry: 'create-contacts.ts',
    contacts: 'write',
    idempotent: true,
  },
  { name: 'list-contacts', method: 'GET', resource: collection, entry: 'list-contacts.ts', contacts: 'read', idempotent: false },
  { name: 'get-contact', method: 'GET', resource: item, entry: 'get-contact.ts', contacts: 'read', idempotent: false },
  { name: 'replace-contact', method: 'PUT', resource: item, entry: 'replace-contact.ts', contacts: 'write', idempotent: true },
  { name: 'update-contact', method: 'PATCH', resource: item, entry: 'update-contact.ts', contacts: 'write', idempotent: true },
  { name: 'delete-contact', method: 'DELETE', resource: item, entry: 'delete-contact.ts', contacts: 'write', idempotent: true },
];
