/** The contacts handlers, loaded as Lambda loads them, on tables of the test file's own. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { vi } from 'vitest';
import { contactsTableDefinition } from '../../bin/local/tables.ts';
import { routes } from '../../handlers/routes.ts';
import { idempotencyTableDefinition } from '../../lib/index.ts';
import { createTable, dynamoDbEndpoint } from './dynamodb.ts';
import { type dialects, type RequestFacts, requestOf } from './forms.ts';

export type ContactsHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

export interface Call extends Omit<RequestFacts, 'dialect' | 'method' | 'path' | 'authorizer'> {
  /** The kind of API that the request comes through, with the account that this has found for `apiKey`. */
  readonly dialect?: (typeof dialects)[number];
  readonly contactId?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What differs in the event from that of an ordinary request. */
  readonly event?: Readonly<Record<string, unknown>>;
}

export async function loadHandlers() {
  const contacts = await createTable(contactsTableDefinition);
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint(),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    CONTACTS_TABLE_NAME: contacts,
    POWERTOOLS_METRICS_DISABLED: 'true',
    IDEMPOTENCY_TABLE_NAME: await createTable(idempotencyTableDefinition),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const handlers = new Map<string, ContactsHandler>();
  for (const { name, entry } of routes)
    handlers.set(name, (await import(/* @vite-ignore */ new URL(`../../handlers/${entry}`, import.meta.url).href)).handler);

  async function call(name: string, { dialect = 'rest', contactId, query, event, ...facts }: Call = {}) {
    const route = routes.find(candidate => candidate.name === name);
    const handler = handlers.get(name);
    if (route === undefined || handler === undefined) throw new Error(`there is no route "${name}"`);
    const path = route.resource.replace('{contactId}', contactId ?? '');
    const { apiKey = 'caller-a' } = facts;
    const authorizer = dialect === 'rest' || apiKey === null ? undefined : { lambda: { accountId: apiKey } };
    // Payload 2.0 leaves out what there is none of.
    const none = dialect === 'rest' ? null : undefined;
    const request = {
      ...requestOf({ ...facts, dialect, method: route.method, path, authorizer }),
      pathParameters: contactId === undefined ? none : { contactId },
      queryStringParameters: query ?? none,
      ...event,
    };
    // What the handlers read is there; the rest of the event and the context is not needed.
    const response = await handler(request as unknown as APIGatewayProxyEvent, {} as Context);
    const json = response.body === '' ? undefined : JSON.parse(response.body);
    return { status: response.statusCode, headers: response.headers ?? {}, json };
  }

  return { contacts, handlers, call };
}
