/** The DynamoDB that the tests run against: clients for it, and a table of one's own for each test. */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';

export function dynamoDbEndpoint(): string {
  return inject('dynamoDbEndpoint');
}

export function newClient(overrides: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: dynamoDbEndpoint(),
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...overrides,
  });
}

/** Creates a table under a name of its own, and resolves to the name. Time to live stays off: tests own the clock. */
export async function createTable(definition: (tableName: string) => CreateTableCommandInput): Promise<string> {
  const client = newClient();
  const tableName = `test-${randomUUID()}`;
  await client.send(new CreateTableCommand(definition(tableName)));
  client.destroy();
  return tableName;
}
