/** The requests that are compared: the first with its key, a repeat of it, and another operation under its key. */
import { randomUUID } from 'node:crypto';
import { type BenchResponse, type Making, newContext, requestWith, type Send } from './contenders.ts';
import { RecordedDynamoDb } from './recorded-dynamodb.ts';
import { clientConfig } from './table.ts';

export const scenes = ['first', 'replay', 'conflict'] as const;
export type Scene = (typeof scenes)[number];

/** In a table's cell, for a response that a contender can't keep. */
export const tooLarge = 'over 400 KB';

export interface Rehearsal {
  /** Has recorded what the scene asks DynamoDB, once. */
  readonly dynamoDb: RecordedDynamoDb;
  /** Plays the scene; throws when the contender does something else. */
  readonly play: () => Promise<void>;
}

/** Undefined: the response is larger than an item, and the contender has nothing else to keep it in. */
export async function rehearse(
  make: (making: Making) => Send,
  scene: Scene,
  response: BenchResponse,
  { endpoint, tableName }: { readonly endpoint: string; readonly tableName: string },
): Promise<Rehearsal | undefined> {
  const dynamoDb = new RecordedDynamoDb(endpoint);
  const config = { ...clientConfig(endpoint), requestHandler: dynamoDb };
  const send = make({ config, tableName, handler: async () => ({ ...response }) });
  const key = randomUUID();
  const path = scene === 'conflict' ? '/other' : '/contacts';
  const sendOne = async () => {
    const answer = await send(requestWith(scene === 'first' ? randomUUID() : key, path), newContext()).catch(refused);
    const isExpected = scene === 'conflict' ? answer.statusCode === 422 : answer.body === response.body;
    // What does something else costs something else.
    if (!isExpected) throw new Error(`"${scene}" is answered ${answer.statusCode}`);
  };
  try {
    // What a replay and a conflict meet.
    if (scene !== 'first') await send(requestWith(key), newContext());
    dynamoDb.record();
    await sendOne();
  } catch (error) {
    if ((response.body?.length ?? 0) > 400_000) return undefined;
    throw error;
  }
  return { dynamoDb, play: sendOne };
}

/** Powertools throws what it refuses. */
function refused(error: unknown): BenchResponse {
  if (error instanceof Error && error.name === 'IdempotencyValidationError') return { statusCode: 422 };
  throw error;
}
