/** How often a repeat looks at a running attempt, and how soon after its end it has the answer: on DynamoDB Local, through the middleware. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { type IdempotentContext, idempotency, idempotencyTableDefinition } from 'middy-idempotency-key';
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { median, percentile, printTable } from './report.ts';

export interface WaitingScene {
  readonly waiters: number;
  readonly attemptMs: number;
  /** When the waiters come, in ms after the first request has its claim: all at the first instant, or spread evenly up to the second. */
  readonly arrival: readonly [number, number];
  readonly rounds: number;
}

const scenes: readonly WaitingScene[] = [
  { waiters: 20, attemptMs: 600, arrival: [20, 20], rounds: 10 },
  { waiters: 20, attemptMs: 600, arrival: [0, 0], rounds: 10 },
  ...[300, 600, 1200, 2400].map(attemptMs => ({ waiters: 20, attemptMs, arrival: [0, 200] as const, rounds: 10 })),
  { waiters: 1, attemptMs: 600, arrival: [20, 20], rounds: 20 },
  { waiters: 4, attemptMs: 600, arrival: [20, 20], rounds: 10 },
  { waiters: 64, attemptMs: 600, arrival: [20, 20], rounds: 6 },
  { waiters: 256, attemptMs: 600, arrival: [20, 20], rounds: 4 },
];

export async function waitingBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  try {
    console.log('\nWaiting for a first attempt');
    const rows: Record<string, unknown>[] = [];
    for (const scene of scenes) rows.push(await measureWaiting(database.endpoint, scene));
    printTable(rows);
  } finally {
    await database.stop();
  }
}

export async function measureWaiting(
  endpoint: string,
  { waiters, attemptMs, arrival: [from, to], rounds }: WaitingScene,
): Promise<Record<string, unknown>> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: { httpAgent: { maxSockets: 300 } },
  });
  // Every waiter runs in a context of its own, so that a read is known to be its own.
  const waiter = new AsyncLocalStorage<{ reads: number }>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        const own = waiter.getStore();
        if (own !== undefined && commandName === 'GetItemCommand') own.reads++;
        return next(args);
      },
    { step: 'initialize' },
  );
  const tableName = `waiting-${randomUUID()}`;
  await client.send(new CreateTableCommand(idempotencyTableDefinition(tableName)));

  let claimed = Promise.withResolvers<void>();
  let completedAt = 0;
  const onEvent = ({ kind }: { readonly kind: string }) => {
    if (kind === 'claimed') claimed.resolve();
    if (kind === 'completed') completedAt = performance.now();
  };
  const handler = middy(async () => {
    await sleep(attemptMs);
    return { statusCode: 201, headers: {}, body: 'done' };
  }).use(idempotency({ client, tableName, onEvent }));
  const send = (key: string) =>
    handler({ httpMethod: 'POST', path: '/', headers: { 'Idempotency-Key': key, 'x-api-key': 'bench' } }, {} as IdempotentContext);

  const reads: number[] = [];
  const delays: number[] = [];
  // The first round opens the connections, and isn't counted.
  for (let round = -1; round < rounds; round++) {
    const key = randomUUID();
    claimed = Promise.withResolvers();
    const first = send(key);
    await claimed.promise;
    const answers = await Promise.all(
      Array.from({ length: waiters }, (_, index) =>
        waiter.run({ reads: 0 }, async () => {
          await sleep(from + ((to - from) * index) / waiters);
          await send(key);
          return { at: performance.now(), reads: waiter.getStore()?.reads ?? 0 };
        }),
      ),
    );
    await first;
    if (round < 0) continue;
    delays.push(...answers.map(({ at }) => at - completedAt));
    reads.push(...answers.map(answer => answer.reads));
  }
  client.destroy();
  return {
    waiters,
    'attempt, ms': attemptMs,
    'they come after, ms': from === to ? from : `${from} to ${to}`,
    'reads: mean': (reads.reduce((sum, own) => sum + own, 0) / reads.length).toFixed(2),
    most: Math.max(...reads),
    'answer after, ms: median': median(delays).toFixed(0),
    '95th percentile': percentile(delays, 0.95).toFixed(0),
  };
}
