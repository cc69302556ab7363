/** What Lambda and the stack put into a function's environment. The SDK reads its part of it by itself. */
import { contactsTable } from '../../handlers/contacts-table-schema.ts';
import type { EmbeddedDynamoDb } from '../embedded-dynamodb/index.ts';
import type { TableNames } from './tables.ts';

export type DynamoDbAt = Pick<EmbeddedDynamoDb, 'engine' | 'endpoint'>;

const region = 'eu-central-1';
const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

export function setEnvironment({ engine, endpoint }: DynamoDbAt, { idempotency, contacts }: TableNames): void {
  const { env } = process;
  if (engine !== 'external') {
    // An engine of our own asks nobody who he is; a profile would come before these credentials.
    delete env.AWS_PROFILE;
    delete env.AWS_SESSION_TOKEN;
    Object.assign(env, credentials, { AWS_REGION: region });
  } else {
    if (env.AWS_PROFILE === undefined && env.AWS_ACCESS_KEY_ID === undefined) Object.assign(env, credentials);
    env.AWS_REGION ??= region;
  }
  // It would lead the SDK past the endpoint, to DynamoDB in AWS.
  delete env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS;
  Object.assign(env, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    IDEMPOTENCY_TABLE_NAME: idempotency,
    [contactsTable.environmentVariable]: contacts,
    // Metrics are lines for CloudWatch to find in the log.
    POWERTOOLS_METRICS_DISABLED: 'true',
  });
}
