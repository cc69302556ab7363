/** Batches, to their end: DynamoDB may do part of one, and leaves the rest to the caller, within the time that the signal gives. */
import { setTimeout } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './dynamodb-item.ts';

type Sender = Pick<DynamoDBClient, 'send'>;

/** Whatever of the keys there is, in no order. */
export async function getAll(client: Sender, request: BatchGetItemCommandInput, signal: AbortSignal): Promise<Item[]> {
  const items: Item[] = [];
  let rest = request;
  for (let rounds = 0; ; rounds++) {
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(rest), { abortSignal: signal });
    items.push(...Object.values(Responses ?? {}).flat());
    if (isEmpty(UnprocessedKeys)) return items;
    await pauseBeforeRest(rounds, signal);
    rest = { RequestItems: UnprocessedKeys };
  }
}

export async function putAll(client: Sender, request: BatchWriteItemCommandInput, signal: AbortSignal): Promise<void> {
  let rest = request;
  for (let rounds = 0; ; rounds++) {
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand(rest), { abortSignal: signal });
    if (isEmpty(UnprocessedItems)) return;
    await pauseBeforeRest(rounds, signal);
    rest = { RequestItems: UnprocessedItems };
  }
}

function isEmpty(rest: object | undefined): rest is undefined {
  return rest === undefined || Object.keys(rest).length === 0;
}

/** What a batch left over was throttled: sent again at once, it would be again. */
async function pauseBeforeRest(rounds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(Math.min(1000, 25 * 2 ** rounds), undefined, { signal });
}
