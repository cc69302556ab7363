/**
 * The contacts API's routes: one table, read by the CDK stack (a function and a method for each) and by the local API
 * (the same functions, called with the same events). A route's `entry` is a file of this folder that exports `handler`.
 */
/** Those that the API has at all. */
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface Route {
  /** Names the function, in kebab-case. */
  readonly name: string;
  readonly method: (typeof methods)[number];
  /** API Gateway's resource path. */
  readonly resource: string;
  readonly entry: string;
  /** Whether the handler honours `Idempotency-Key`, and so needs the idempotency table. */
  readonly idempotent: boolean;
}

const api = '/api/v1/developers';
export const collection = `${api}/contacts`;
const item = `${collection}/{contactId}`;

export const routes: readonly Route[] = [
  { name: 'create-contact', method: 'POST', resource: collection, entry: 'create-contact.ts', idempotent: true },
  {
    name: 'create-contacts',
    method: 'POST',
    resource: `${collection}/batch`,
    entry: 'create-contacts.ts',
    idempotent: true,
  },
  { name: 'list-contacts', method: 'GET', resource: collection, entry: 'list-contacts.ts', idempotent: false },
  { name: 'get-contact', method: 'GET', resource: item, entry: 'get-contact.ts', idempotent: false },
  { name: 'replace-contact', method: 'PUT', resource: item, entry: 'replace-contact.ts', idempotent: true },
  { name: 'update-contact', method: 'PATCH', resource: item, entry: 'update-contact.ts', idempotent: true },
  { name: 'delete-contact', method: 'DELETE', resource: item, entry: 'delete-contact.ts', idempotent: true },
];

/** What the refusals of idempotency keys refer to. */
export const policyResource = `${api}/idempotency`;

/** The API's documentation: for everybody, without an API key. */
export const publicRoutes: readonly Route[] = [
  { name: 'idempotency-policy', method: 'GET', resource: policyResource, entry: 'policy-page.ts', idempotent: false },
  { name: 'openapi', method: 'GET', resource: `${api}/openapi.json`, entry: 'openapi.ts', idempotent: false },
];
