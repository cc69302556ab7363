/** The DynamoDB that the tests run against: clients for it, and a table of one's own for each test. */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';

export function dynamoDbEndpoint(): string {
  return inject('dynamoDbEndpoint');
}

export function clientConfig(): DynamoDBClientConfig {
  return { endpoint: dynamoDbEndpoint(), region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

export function newClient(overrides: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...clientConfig(), ...overrides });
}

/** A client that calls `tell` before it sends a command of that name, such as `GetItemCommand`. */
export function clientThatTells(command: string, tell: () => void): DynamoDBClient {
  const client = newClient();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName === command) tell();
        return next(args);
      },
    { step: 'initialize' },
  );
  return client;
}

/** Creates a table under a name of its own, and resolves to the name. Time to live stays off: tests own the clock. */
export async function createTable(definition: (tableName: string) => CreateTableCommandInput): Promise<string> {
  const client = newClient();
  const tableName = `test-${randomUUID()}`;
  await client.send(new CreateTableCommand(definition(tableName)));
  client.destroy();
  return tableName;
}
