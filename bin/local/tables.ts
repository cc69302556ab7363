/** Creates the tables that the stack would: the idempotency table, with time to live switched on, and the contacts table. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { idempotencyTableDefinition } from 'middy-idempotency-key';
import { contactsTable } from '../../handlers/contacts-table-schema.ts';

export interface TableNames {
  readonly idempotency: string;
  readonly contacts: string;
}

export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  if (await create(client, idempotencyTableDefinition(names.idempotency))) {
    await client.send(
      new UpdateTimeToLiveCommand({ TableName: names.idempotency, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }),
    );
  }
  await create(client, contactsTableDefinition(names.contacts));
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

/** False: it was there already, as it may be in a DynamoDB that outlives this process. */
async function create(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(definition));
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}
