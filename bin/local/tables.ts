/** Creates the tables that the stack would: the idempotency table, with time to live switched on, and the contacts table. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { idempotencyTableDefinition } from 'middy-idempotency-key';
import { contactsTable } from '../../handlers/contacts-table-schema.ts';

export interface TableNames {
  readonly idempotency: string;
  readonly contacts: string;
}

/** A table that is there already, as it may be in a DynamoDB that outlives this process, is used as it is. */
export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  const isNew = await createTable(client, idempotencyTableDefinition(names.idempotency));
  if (isNew) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ttl' };
    await client.send(new UpdateTimeToLiveCommand({ TableName: names.idempotency, TimeToLiveSpecification }));
  }
  await createTable(client, contactsTableDefinition(names.contacts));
}

export function contactsTableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: contactsTable.partitionKey, AttributeType: 'S' },
      { AttributeName: contactsTable.sortKey, AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: contactsTable.partitionKey, KeyType: 'HASH' },
      { AttributeName: contactsTable.sortKey, KeyType: 'RANGE' },
    ],
  };
}

/** False: it was there already. */
async function createTable(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(definition));
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
  // At once in an engine on this machine; in AWS it takes seconds.
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: definition.TableName });
  return true;
}
