/** The HTTP API's table of API keys, as the stack makes it. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { apiKeysTable } from '../../handlers/api-keys-table-schema.ts';

export function apiKeysTableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: apiKeysTable.partitionKey, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: apiKeysTable.partitionKey, KeyType: 'HASH' }],
  };
}
