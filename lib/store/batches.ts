/** Batches, to their end: DynamoDB may do part of one, and leaves the rest to the caller, within the time limit. */
import { setTimeout } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './dynamodb-item.ts';
import type { TimeLimit } from './time-limit.ts';

type Sender = Pick<DynamoDBClient, 'send'>;

/** Whatever of the keys there is, in no order. */
export async function getAll(client: Sender, request: BatchGetItemCommandInput, limit: TimeLimit): Promise<Item[]> {
  const items: Item[] = [];
  let rest = request;
  for (let rounds = 0; ; rounds++) {
    const { Responses, UnprocessedKeys } = await limit.run(abortSignal => client.send(new BatchGetItemCommand(rest), { abortSignal }));
    items.push(...Object.values(Responses ?? {}).flat());
    if (isEmpty(UnprocessedKeys)) return items;
    await pauseBeforeRest(rounds, limit);
    rest = { RequestItems: UnprocessedKeys };
  }
}

export async function putAll(client: Sender, request: BatchWriteItemCommandInput, limit: TimeLimit): Promise<void> {
  let rest = request;
  for (let rounds = 0; ; rounds++) {
    const { UnprocessedItems } = await limit.run(abortSignal => client.send(new BatchWriteItemCommand(rest), { abortSignal }));
    if (isEmpty(UnprocessedItems)) return;
    await pauseBeforeRest(rounds, limit);
    rest = { RequestItems: UnprocessedItems };
  }
}

function isEmpty(rest: object | undefined): rest is undefined {
  return rest === undefined || Object.keys(rest).length === 0;
}

/** What a batch left over was throttled: sent again at once, it would be again. */
async function pauseBeforeRest(rounds: number, limit: TimeLimit): Promise<void> {
  await limit.run(signal => setTimeout(Math.min(1000, 25 * 2 ** rounds), undefined, { signal }));
}
