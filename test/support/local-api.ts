/** The local API in this process, on tables of its own, behind the fault proxy: as a client meets it. */
import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { apiKeys } from '../../bin/local/api-keys.ts';
import { startLocalApi } from '../../bin/local/local-api.ts';
import { dynamoDbEndpoint, newClient } from './dynamodb.ts';
import { startFaultProxy } from './fault-proxy.ts';

export const acme = apiKeys[0]?.value ?? '';
export const globex = apiKeys[1]?.value ?? '';
export const contactsPath = '/api/v1/developers/contacts';

export interface Send {
  readonly method?: string;
  readonly path?: string;
  readonly key?: string;
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Once for a test file: the handlers read their environment when they are loaded, and are loaded once. */
export async function startApi() {
  const proxy = await startFaultProxy(dynamoDbEndpoint());
  const tables = { idempotency: `idempotency-${randomUUID()}`, contacts: `contacts-${randomUUID()}` };
  const api = await startLocalApi({ port: 0, dynamoDb: { engine: 'DynamoDB Local', endpoint: proxy.endpoint }, tableNames: tables });
  // DynamoDB Local keeps the tables of every access key apart.
  const client = newClient({ credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });

  async function send({ method = 'POST', path = contactsPath, key, apiKey = acme, headers = {}, body }: Send) {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        'x-api-key': apiKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
      json: (/json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : undefined) as any,
      replayed: response.headers.get('idempotent-replayed'),
    };
  }

  async function itemsIn(table: keyof typeof tables) {
    const { Items } = await client.send(new ScanCommand({ TableName: tables[table] }));
    return (Items ?? []).map(item => unmarshall(item));
  }

  return {
    url: api.url,
    proxy,
    tables,
    send,
    itemsIn,
    stop: async () => {
      await api.stop();
      await proxy.stop();
    },
  };
}
