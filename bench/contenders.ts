/** Who is compared: this library and its peer, each as a middleware and as a wrapper, and what one would write by hand. */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type IdempotentContext, idempotency, idempotent } from 'middy-idempotency-key';
import { leanClient } from '../lib/store/lean-client.ts';
import { byHand } from './by-hand.ts';

export interface BenchEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: object;
}

export interface BenchResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export type Send = (event: BenchEvent, context: Context) => Promise<BenchResponse>;

export interface Making {
  /** Where DynamoDB is. Each makes its own client, with its own defaults. */
  readonly config: DynamoDBClientConfig;
  readonly tableName: string;
  readonly handler: () => Promise<BenchResponse>;
}

export const floor = 'by hand';

export type ContenderName = keyof typeof contenders;

/** Powertools is told what this library finds by itself: where the key is, and what a key stands for. Without its cache, which one process has alone. */
export const contenders = {
  'this, Middy': ({ config, tableName, handler }: Making): Send => {
    const wrapped = middy(handler).use(idempotency({ client: leanClient(config), tableName }));
    // The middleware makes the one context the other.
    return (event, context) => wrapped(event, context as IdempotentContext);
  },
  'this, wrapper': ({ config, tableName, handler }: Making): Send => idempotent(handler, { client: leanClient(config), tableName }),
  'this, a client of yours': ({ config, tableName, handler }: Making): Send =>
    idempotent(handler, { client: new DynamoDBClient(config), tableName }),
  'Powertools, Middy': (making: Making): Send => middy(making.handler).use(makeHandlerIdempotent(powertools(making))),
  'Powertools, wrapper': (making: Making): Send => {
    const { persistenceStore, config } = powertools(making);
    const handler = makeIdempotent(async (_event: BenchEvent, _context: Context) => making.handler(), { persistenceStore, config });
    return (event, context) => handler(event, context);
  },
  [floor]: ({ config, tableName, handler }: Making): Send => byHand(new DynamoDBClient(config), tableName, handler, false),
  'by hand, limits and zstd': ({ config, tableName, handler }: Making): Send =>
    byHand(new DynamoDBClient(config), tableName, handler, true),
} as const;

// The keys of a record of contenders are their names.
export const contenderNames = Object.keys(contenders) as ContenderName[];

function powertools({ config: clientConfig, tableName }: Making) {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, clientConfig });
  const config = new IdempotencyConfig({
    eventKeyJmesPath: '[headers."x-api-key", headers."Idempotency-Key"]',
    payloadValidationJmesPath: '[httpMethod, path]',
    expiresAfterSeconds: 86_400,
    throwOnNoIdempotencyKey: true,
  });
  return { persistenceStore, config };
}

export function requestWith(key: string, path = '/contacts'): BenchEvent {
  return {
    httpMethod: 'POST',
    path,
    headers: { 'content-type': 'application/json', 'Idempotency-Key': key, 'x-api-key': 'bench' },
    requestContext: {},
  };
}

/** A new one for each request, as Lambda has it. */
export function newContext(): Context {
  // No contender asks for anything else.
  return { getRemainingTimeInMillis: () => 30_000 } as Context;
}
