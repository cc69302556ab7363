/** How often a repeat looks at a running attempt, and how soon after its end it has the answer: on DynamoDB Local, through the middleware. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { idempotencyTableDefinition, idempotent } from 'middy-idempotency-key';
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { median, percentile, printTable } from './report.ts';

const attemptMs = 600;

export async function waitingBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  try {
    console.log(`\nWaiting for a first attempt of ${attemptMs} ms`);
    const rows: Record<string, unknown>[] = [];
    for (const [waiters, rounds] of [
      [1, 20],
      [20, 10],
      [64, 4],
      [256, 2],
    ] as const) {
      rows.push(await measure(database.endpoint, waiters, rounds));
    }
    printTable(rows);
  } finally {
    await database.stop();
  }
}

async function measure(endpoint: string, waiters: number, rounds: number): Promise<Record<string, unknown>> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: { httpsAgent: {}, httpAgent: { maxSockets: 300 } },
  });
  let reads = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === 'GetItemCommand') reads++;
        return next(args);
      },
    { step: 'initialize' },
  );
  const tableName = `waiting-${randomUUID()}`;
  await client.send(new CreateTableCommand(idempotencyTableDefinition(tableName)));
  let completedAt = 0;
  const onEvent = ({ kind }: { kind: string }) => {
    if (kind === 'completed') completedAt = performance.now();
  };
  const handler = idempotent(
    async (_event: unknown) => {
      await sleep(attemptMs);
      return { statusCode: 201, headers: {}, body: 'done' };
    },
    { client, tableName, onEvent },
  );
  const delays: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const event = { httpMethod: 'POST', path: '/', headers: { 'Idempotency-Key': randomUUID(), 'x-api-key': 'bench' } };
    const first = handler(event, {} as Context);
    await sleep(20);
    const answered = await Promise.all(
      Array.from({ length: waiters }, async () => {
        await handler(event, {} as Context);
        return performance.now();
      }),
    );
    await first;
    delays.push(...answered.map(at => at - completedAt));
  }
  client.destroy();
  return {
    waiters,
    'reads each': (reads / waiters / rounds).toFixed(2),
    'median ms after completion': median(delays).toFixed(0),
    '95th percentile': percentile(delays, 0.95).toFixed(0),
    most: Math.max(...delays).toFixed(0),
  };
}
