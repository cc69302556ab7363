/**
 * What a request costs, in figures that are the same in every run: round trips, bytes, request units, bundles. The bounds are what was
 * measured and a little more, so that whoever makes one grow has to come here and say why. Times are measured by `npm run bench`.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { idempotent } from 'middy-idempotency-key';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contacts } from '../bench/bodies.ts';
import { contenders, newContext, requestWith } from '../bench/contenders.ts';
import { RecordedDynamoDb } from '../bench/recorded-dynamodb.ts';
import { rehearse, type Scene } from '../bench/scenes.ts';
import { clientConfig, newTable } from '../bench/table.ts';
import { functionBundling } from '../bin/function-bundling.ts';
import { bundle, esbuildOptions } from './support/bundle.ts';
import { dynamoDbEndpoint } from './support/dynamodb.ts';

let tableName: string;

beforeAll(async () => {
  tableName = await newTable(dynamoDbEndpoint());
});

interface Cost {
  readonly operations: readonly string[];
  /** In the bodies of the calls. */
  readonly bytes: number;
  /** By DynamoDB Local, which counts those of transactions wrong and those of a refused write not at all. */
  readonly writeUnits?: number;
}

const costs: readonly (readonly [Scene, number, Cost])[] = [
  ['first', 1, { operations: ['PutItem', 'PutItem'], bytes: 2000, writeUnits: 2 }],
  ['first', 10, { operations: ['PutItem', 'PutItem'], bytes: 5250, writeUnits: 5 }],
  ['first', 100, { operations: ['PutItem', 'BatchWriteItem', 'PutItem'], bytes: 35_000, writeUnits: 27 }],
  ['first', 1000, { operations: ['PutItem', 'BatchWriteItem', 'PutItem'], bytes: 325_000, writeUnits: 237 }],
  ['replay', 1, { operations: ['PutItem'], bytes: 620 }],
  ['replay', 10, { operations: ['PutItem'], bytes: 620 }],
  ['replay', 100, { operations: ['PutItem', 'BatchGetItem'], bytes: 820 }],
  ['replay', 1000, { operations: ['PutItem', 'BatchGetItem'], bytes: 820 }],
  ['conflict', 1, { operations: ['PutItem'], bytes: 620 }],
  ['conflict', 100, { operations: ['PutItem'], bytes: 620 }],
];

describe.each(['this, Middy', 'this, wrapper'] as const)('a request to %s', name => {
  it.each(costs)('costs no more than it did: %s, with %d KB', async (scene, kb, { operations, bytes, writeUnits }) => {
    const rehearsal = await rehearse(contenders[name], scene, contacts(kb * 1024), { endpoint: dynamoDbEndpoint(), tableName });
    const calls = rehearsal?.dynamoDb.calls ?? [];
    expect(calls.map(({ operation }) => operation)).toEqual(operations);
    expect(total(calls.map(({ bytesSent }) => bytesSent))).toBeLessThanOrEqual(bytes);
    if (writeUnits !== undefined) expect(total(calls.map(call => call.writeUnits))).toBeLessThanOrEqual(writeUnits);
  });
});

describe('a commit', () => {
  it.each([
    [1, ['PutItem', 'TransactWriteItems'], 2500],
    [100, ['PutItem', 'BatchWriteItem', 'TransactWriteItems'], 35_500],
  ])('takes no round trip for the writes of the handler, with %d KB', async (kb, operations, bytes) => {
    const dynamoDb = new RecordedDynamoDb(dynamoDbEndpoint());
    const client = new DynamoDBClient({ ...clientConfig(dynamoDbEndpoint()), requestHandler: dynamoDb });
    const writes = [{ Put: { TableName: tableName, Item: { id: randomUUID() } } }];
    const send = idempotent((_event, context) => context.idempotency.commit(contacts(kb * 1024), writes), { client, tableName });
    dynamoDb.record();
    await send(requestWith(randomUUID()), newContext());
    expect(dynamoDb.calls.map(({ operation }) => operation)).toEqual(operations);
    expect(total(dynamoDb.calls.map(({ bytesSent }) => bytesSent))).toBeLessThanOrEqual(bytes);
  });
});

describe('a bundled minimal handler', () => {
  const folder = mkdtempSync(join(tmpdir(), 'costs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const ours = esbuildOptions(functionBundling);

  it.each([
    ['with all it needs', ours, 256_000, 87_000],
    ['without SDK and Middy', { ...ours, external: ['@aws-sdk/*', '@smithy/*', '@middy/*'] }, 45_000, 15_800],
  ])('is no larger than it was: %s', async (_what, options, bytes, gzipped) => {
    const file = join(folder, `${bytes}.mjs`);
    await bundle(fileURLToPath(new URL('../bench/handlers/ours.ts', import.meta.url)), file, options);
    expect(readFileSync(file).byteLength).toBeLessThanOrEqual(bytes);
    expect(gzipSync(readFileSync(file)).byteLength).toBeLessThanOrEqual(gzipped);
  });
});

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
