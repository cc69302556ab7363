/** The contacts API on this machine: the tables, the real handlers, and the server before them. */
import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { contactsTable } from '../../handlers/contacts-table-schema.ts';
import { routes } from '../../handlers/routes.ts';
import type { LambdaHandler } from './lambda.ts';
import { apiServer } from './server.ts';
import { createTables, type TableNames } from './tables.ts';

export interface LocalApi {
  readonly url: string;
  stop(): Promise<void>;
}

export const defaultTableNames: TableNames = { idempotency: 'idempotency', contacts: 'contacts' };

/** Port 0: any free one. Rejects with the system's error when the port is taken. */
export async function startLocalApi(port: number, dynamoDbEndpoint: string, tableNames: TableNames = defaultTableNames): Promise<LocalApi> {
  pointHandlersAt(dynamoDbEndpoint, tableNames);
  const client = new DynamoDBClient({});
  await createTables(client, tableNames);
  client.destroy();
  const server = apiServer(await loadHandlers());
  // Loopback only: the API keys are in the open.
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    url,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** What Lambda and the stack put into a function's environment; the SDK reads its part of it by itself. */
function pointHandlersAt(dynamoDbEndpoint: string, { idempotency, contacts }: TableNames): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
    AWS_REGION: process.env.AWS_REGION ?? 'eu-central-1',
    AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? 'local',
    AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? 'local',
    IDEMPOTENCY_TABLE_NAME: idempotency,
    [contactsTable.environmentVariable]: contacts,
  });
}

/** Imported only now: like in Lambda, they read their environment as they load. */
async function loadHandlers(): Promise<Map<string, LambdaHandler>> {
  const loaded = routes.map(async ({ name, entry }): Promise<[string, LambdaHandler]> => {
    const module: { handler: LambdaHandler } = await import(/* @vite-ignore */ new URL(`../../handlers/${entry}`, import.meta.url).href);
    return [name, module.handler];
  });
  return new Map(await Promise.all(loaded));
}
