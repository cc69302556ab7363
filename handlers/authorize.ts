/**
 * The HTTP API's Lambda authorizer (payload 2.0, simple responses): HTTP APIs have no API keys of their own. Finds the account of the
 * presented `x-api-key` by the key's hash: who reads the table learns no key. Whatever is not found is refused, and when the table
 * can't be asked the error is let through, which API Gateway answers with a 500: nothing is allowed by accident.
 */
import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import type { AuthorizedAccount } from './api-event.ts';
import { apiKeysTable } from './api-keys-table-schema.ts';
import { tableNameIn } from './table-name.ts';

type Verdict = APIGatewaySimpleAuthorizerResult | APIGatewaySimpleAuthorizerWithContextResult<AuthorizedAccount>;

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = tableNameIn(apiKeysTable.environmentVariable);

/** Repeated header lines come joined with commas: then they are no key. */
export async function handler({ headers }: APIGatewayRequestAuthorizerEventV2): Promise<Verdict> {
  const apiKey = headers?.['x-api-key'];
  const accountId = apiKey ? await accountWith(apiKey) : undefined;
  return accountId === undefined ? { isAuthorized: false } : { isAuthorized: true, context: { accountId } };
}

async function accountWith(apiKey: string): Promise<string | undefined> {
  const keyHash = createHash('sha256').update(apiKey).digest('hex');
  const { Item } = await client.send(new GetCommand({ TableName, Key: { [apiKeysTable.partitionKey]: keyHash } }));
  const accountId: unknown = Item?.[apiKeysTable.account];
  if (isAccountId(accountId)) return accountId;
  if (Item === undefined) return undefined;
  console.error(`the API key with the hash ${keyHash} has no ${apiKeysTable.account} of letters, digits, hyphens and underscores`);
  return undefined;
}

/** Other signs are the contacts table's own (see contacts-repository.ts). */
function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}
