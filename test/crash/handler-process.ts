/**
 * A Lambda invocation in a process of its own, for tests that kill it: performs one request, prints the answer as a line of JSON, and ends.
 * `count` contacts are created, with `commit` or with a transaction of the handler's own before the record is completed.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { idempotent, type Write } from '../../lib/index.ts';

export interface Invocation {
  readonly endpoint: string;
  readonly idempotencyTable: string;
  readonly effectsTable: string;
  readonly event: unknown;
  readonly run: string;
  readonly count: number;
  readonly commits: boolean;
  /** The process's clock is ahead by this much: a later invocation, without the wait. */
  readonly clockAheadMs: number;
}

const invocation: Invocation = JSON.parse(process.argv[2] ?? '{}');
const realNow = Date.now;
Date.now = () => realNow() + invocation.clockAheadMs;

const client = new DynamoDBClient({
  endpoint: invocation.endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const documents = DynamoDBDocumentClient.from(client);

const handler = idempotent(
  async (_event: unknown, { idempotency }) => {
    const writes: Write[] = Array.from({ length: invocation.count }, (_, n) => ({
      Put: { TableName: invocation.effectsTable, Item: { id: `${invocation.run}/${n}` } },
    }));
    const response = { statusCode: 201, headers: {}, body: invocation.run };
    if (invocation.commits) return idempotency.commit(response, writes);
    await documents.send(new TransactWriteCommand({ TransactItems: writes }));
    return response;
  },
  { client, tableName: invocation.idempotencyTable, waitMs: 0 },
);

// A lease of 11 s: over, for a process whose clock is a minute ahead.
const response = await handler(invocation.event, { getRemainingTimeInMillis: () => 10_000 } as Context);
console.log(JSON.stringify(response));
