import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idempotencyTableDefinition } from '../../lib/index.ts';
import { createTable, dynamoDbEndpoint, newClient } from './dynamodb.ts';
import { type Fault, type FaultProxy, Gate, serverError, startFaultProxy, throttled, transactionConflict } from './fault-proxy.ts';

let proxy: FaultProxy;
let tableName: string;
let direct: DynamoDBClient;

beforeEach(async () => {
  proxy = await startFaultProxy(dynamoDbEndpoint());
  tableName = await createTable(idempotencyTableDefinition);
  direct = newClient();
});
afterEach(() => proxy.stop());

const through = (maxAttempts: number) => newClient({ endpoint: proxy.endpoint, maxAttempts });
const put = (client: DynamoDBClient, options?: { abortSignal: AbortSignal }) =>
  client.send(new PutItemCommand({ TableName: tableName, Item: { id: { S: 'x' } } }), options);
const isThere = async () => (await direct.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: 'x' } } }))).Item !== undefined;

describe('the fault proxy', () => {
  it('changes nothing of a call that meets no fault', async () => {
    await put(through(1));
    expect(await isThere()).toBe(true);
    expect(proxy.calls).toMatchObject([{ operation: 'PutItem', body: { TableName: tableName }, status: 200, fault: undefined }]);
  });

  const faults: readonly [what: string, fault: Fault, error: object, applied: boolean][] = [
    ['a call lost before', { kind: 'lost-before' }, { code: 'ECONNRESET' }, false],
    ['an answer lost after', { kind: 'lost-after' }, { code: 'ECONNRESET' }, true],
    ['a server error', serverError, { name: 'InternalServerError' }, false],
    ['a throttle', throttled, { name: 'ProvisionedThroughputExceededException' }, false],
    ['a transaction in the way', transactionConflict, { name: 'TransactionConflictException' }, false],
  ];
  it.each(faults)('makes of %s what the network or the service would', async (_what, fault, error, applied) => {
    proxy.inject('PutItem', fault);
    await expect(put(through(1))).rejects.toMatchObject(error);
    expect(await isThere()).toBe(applied);
  });

  it.each(faults.slice(0, 4))('is got over by the SDK trying again: %s', async (_what, fault) => {
    proxy.inject('PutItem', fault);
    await put(through(3));
    expect(await isThere()).toBe(true);
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem']);
  });

  it('lets a call hang until its caller gives up', async () => {
    proxy.inject('PutItem', { kind: 'hang' });
    await expect(put(through(3), { abortSignal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await isThere()).toBe(false);
  });

  it.each([
    ['before', false],
    ['after', true],
  ] as const)('holds a call %s it is applied', async (where, applied) => {
    const gate = new Gate();
    proxy.inject('PutItem', { kind: 'hold', where, gate });
    const held = put(through(1));
    await gate.reached;
    expect(await isThere()).toBe(applied);
    gate.open();
    await held;
    expect(await isThere()).toBe(true);
  });

  it('strikes the calls it was told to, and no others', async () => {
    proxy.inject('PutItem', throttled, { skip: 1, times: 2 });
    const client = through(1);
    const outcomes: string[] = [];
    for (let i = 0; i < 4; i++) {
      outcomes.push(
        await put(client).then(
          () => 'done',
          () => 'failed',
        ),
      );
    }
    expect(outcomes).toEqual(['done', 'failed', 'failed', 'done']);
    await client.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: 'x' } } }));
  });
});
