/** The contacts API on this machine: the tables, the real handlers, and the server before them. */
import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { policyUrlVariable } from '../../handlers/policy-url.ts';
import { policyResource, publicRoutes, routes } from '../../handlers/routes.ts';
import { type DynamoDbAt, setEnvironment } from './environment.ts';
import type { LambdaHandler } from './lambda.ts';
import { apiServer } from './server.ts';
import { createTables, type TableNames } from './tables.ts';

export interface LocalApiProps {
  /** 0: any free one. */
  readonly port: number;
  readonly dynamoDb: DynamoDbAt;
  /** @default `idempotency` and `contacts` */
  readonly tableNames?: TableNames;
}

export interface LocalApi {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Once in a process: the handlers keep the environment that they were loaded in. Rejects with the system's error when the
 * port is taken.
 */
export async function startLocalApi(props: LocalApiProps): Promise<LocalApi> {
  const { port, dynamoDb, tableNames = { idempotency: 'idempotency', contacts: 'contacts' } } = props;
  setEnvironment(dynamoDb, tableNames);
  const client = new DynamoDBClient({});
  await createTables(client, tableNames);
  client.destroy();
  const handlers = Promise.withResolvers<ReadonlyMap<string, LambdaHandler>>();
  const server = apiServer(handlers.promise);
  // Loopback only: the API keys are in the open.
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : port}`;
  // Known only now that the port is.
  process.env[policyUrlVariable] = `${url}${policyResource}`;
  handlers.resolve(loadHandlers());
  await handlers.promise;
  return {
    url,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Imported only now: like in Lambda, they read their environment as they load. */
async function loadHandlers(): Promise<Map<string, LambdaHandler>> {
  const loaded = [...routes, ...publicRoutes].map(async ({ name, entry }): Promise<[string, LambdaHandler]> => {
    const module: { handler: LambdaHandler } = await import(/* @vite-ignore */ new URL(`../../handlers/${entry}`, import.meta.url).href);
    return [name, module.handler];
  });
  return new Map(await Promise.all(loaded));
}
