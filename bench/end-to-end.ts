/** How long a request takes with a DynamoDB on this machine: the call, the database and the way there. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { idempotent } from 'middy-idempotency-key';
import { startDynamoDbLocal, startDynoxide } from '../bin/embedded-dynamodb/index.ts';
import { contacts } from './bodies.ts';
import { contenderNames, contenders, floor, newContext, requestWith } from './contenders.ts';
import { median, percentile, printTable } from './report.ts';
import { clientConfig, newTable } from './table.ts';
import { shuffled } from './times.ts';

const engines = { 'DynamoDB Local': startDynamoDbLocal, dynoxide: startDynoxide };
const rounds = 100;
const warmUps = 30;

export async function endToEndBench(): Promise<void> {
  for (const [engine, start] of Object.entries(engines)) {
    const database = await start();
    try {
      for (const kb of [1, 100]) {
        console.log(`\nEnd to end on ${engine}, ${kb} KB contacts, JSON: ms, median / 95th percentile (× the floor's median)`);
        printTable(await rowsFor(database.endpoint, kb));
      }
    } finally {
      await database.stop();
    }
  }
}

async function rowsFor(endpoint: string, kb: number) {
  const tableName = await newTable(endpoint);
  const response = contacts(kb * 1024);
  const handler = async () => ({ ...response });
  const senders = contenderNames.map(name => ({ name, send: contenders[name]({ config: clientConfig(endpoint), tableName, handler }) }));
  const times = new Map<string, number[]>();
  const timed = async (what: string, isCounted: boolean, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    if (isCounted) times.set(what, [...(times.get(what) ?? []), performance.now() - startedAt]);
  };
  const commit = committing(endpoint, tableName, response);
  for (let round = -warmUps; round < rounds; round++) {
    for (const { name, send } of shuffled(senders)) {
      const event = requestWith(randomUUID());
      await timed(`first, ${name}`, round >= 0, () => send(event, newContext()));
      await timed(`replay, ${name}`, round >= 0, () => send(event, newContext()));
    }
    await timed('commit', round >= 0, () => commit(requestWith(randomUUID()), newContext()));
  }
  const cell = (what: string, yardstick: string) => {
    const [own, theirs] = [times.get(what) ?? [], times.get(yardstick) ?? []];
    return `${median(own).toFixed(2)} / ${percentile(own, 0.95).toFixed(2)} (${(median(own) / median(theirs)).toFixed(2)}×)`;
  };
  return [
    ...contenderNames.map(name => ({
      contender: name,
      first: cell(`first, ${name}`, `first, ${floor}`),
      replay: cell(`replay, ${name}`, `replay, ${floor}`),
    })),
    { contender: 'this, wrapper, with commit of one write', first: cell('commit', `first, ${floor}`), replay: '' },
  ];
}

/** A handler that puts an item of its own in the same transaction. */
function committing(endpoint: string, tableName: string, response: ReturnType<typeof contacts>) {
  const client = new DynamoDBClient(clientConfig(endpoint));
  return idempotent(
    (_event, context) => context.idempotency.commit(response, [{ Put: { TableName: tableName, Item: { id: randomUUID() } } }]),
    { client, tableName },
  );
}
