/** The requests that are compared: the first with its key, a repeat of it, and another operation under its key. */
import { randomUUID } from 'node:crypto';
import { type BenchResponse, type ContenderName, contenders, newContext, requestWith } from './contenders.ts';
import { RecordedDynamoDb } from './recorded-dynamodb.ts';
import { clientConfig } from './table.ts';

export const scenes = ['first', 'replay', 'conflict'] as const;
export type Scene = (typeof scenes)[number];

/** In a table's cell, for a response that a contender can't keep. */
export const tooLarge = 'over 400 KB';

export interface Rehearsal {
  /** Has recorded what the scene asks DynamoDB, once. */
  readonly dynamoDb: RecordedDynamoDb;
  /** Plays the scene; what the contender refuses is passed over. */
  readonly play: () => Promise<void>;
}

/** Undefined: the response is larger than an item, and the contender has nothing else to keep it in. */
export async function rehearse(
  name: ContenderName,
  scene: Scene,
  response: BenchResponse,
  { endpoint, tableName }: { readonly endpoint: string; readonly tableName: string },
): Promise<Rehearsal | undefined> {
  const dynamoDb = new RecordedDynamoDb(endpoint);
  const config = { ...clientConfig(endpoint), requestHandler: dynamoDb };
  const send = contenders[name]({ config, tableName, handler: async () => ({ ...response }) });
  const key = randomUUID();
  const path = scene === 'conflict' ? '/other' : '/contacts';
  const sendOne = () => send(requestWith(scene === 'first' ? randomUUID() : key, path), newContext());
  try {
    // What a replay and a conflict meet.
    if (scene !== 'first') await send(requestWith(key), newContext());
    dynamoDb.record();
    await sendOne().catch(passOverRefusal);
  } catch (error) {
    if ((response.body?.length ?? 0) > 400_000) return undefined;
    throw error;
  }
  return {
    dynamoDb,
    play: async () => {
      await sendOne().catch(passOverRefusal);
    },
  };
}

/** Powertools throws what it refuses. */
function passOverRefusal(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'IdempotencyValidationError') throw error;
}
