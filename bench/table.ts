/** A table of one's own on a DynamoDB of this machine. */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { idempotencyTableDefinition } from 'middy-idempotency-key';

export function clientConfig(endpoint: string): DynamoDBClientConfig {
  return { endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
}

/** Its key is the one that Powertools has by default, too. */
export async function newTable(endpoint: string): Promise<string> {
  const client = new DynamoDBClient(clientConfig(endpoint));
  const tableName = `bench-${randomUUID()}`;
  await client.send(new CreateTableCommand(idempotencyTableDefinition(tableName)));
  client.destroy();
  return tableName;
}
