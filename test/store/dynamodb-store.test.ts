import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import type { StoreOperation } from '../../lib/errors.ts';
import { idempotencyTableDefinition } from '../../lib/index.ts';
import { type CompletedRecord, completed, newClaim } from '../../lib/protocol/record.ts';
import { completionItems, type Item } from '../../lib/store/dynamodb-item.ts';
import { DynamoDbStore } from '../../lib/store/dynamodb-store.ts';
import { leanClient } from '../../lib/store/lean-client.ts';
import type { TransactionOptions } from '../../lib/store/store.ts';
import { clientConfig, createTable, newClient } from '../support/dynamodb.ts';
import { describeStoreContract } from './store-contract.ts';

const options = { timeoutMs: 5_000 };
const claim = newClaim({ id: 'id', fingerprint: 'f', owner: 'o', attempt: 1, now: 1_000, leaseMs: 10_000, retentionMs: 60_000 });

describeStoreContract('DynamoDbStore', async () => new DynamoDbStore(newClient(), await createTable(idempotencyTableDefinition)));

describeStoreContract("DynamoDbStore on the library's own client", async () => {
  return new DynamoDbStore(leanClient(clientConfig()), await createTable(idempotencyTableDefinition));
});

describeStoreContract('DynamoDbStore on a document client', async () => {
  const client = DynamoDBDocumentClient.from(newClient(), { marshallOptions: { removeUndefinedValues: true } });
  return new DynamoDbStore(client, await createTable(idempotencyTableDefinition));
});

describe('DynamoDbStore', () => {
  it('says which table does not exist, and that trying again is no use', async () => {
    const store = new DynamoDbStore(newClient(), 'nowhere');
    await expect(store.claim(claim, 1_000, options)).rejects.toMatchObject({
      name: 'IdempotencyStoreError',
      code: 'store_failed',
      operation: 'claim',
      retryable: false,
      message: 'could not claim in table "nowhere": ResourceNotFoundException',
      cause: { name: 'ResourceNotFoundException' },
    });
  });

  it('finds trying again worth it when nobody answers', async () => {
    const client = newClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    await expect(new DynamoDbStore(client, 'table').read('id', options)).rejects.toMatchObject({ retryable: true });
  });

  const record = completed(claim, { statusCode: 204 }, 1);
  const operations: readonly [StoreOperation, call: (store: DynamoDbStore, options: TransactionOptions) => Promise<unknown>][] = [
    ['read', (store, given) => store.read('id', given)],
    ['claim', (store, given) => store.claim(claim, 1_000, given)],
    ['take over', (store, given) => store.takeOver(claim, 'x', given)],
    ['load response', (store, given) => store.loadResponse({ ...record, response: { bodyItems: 1, revision: 'completed' } }, given)],
    ['complete', (store, given) => store.complete(record, given)],
    ['commit', (store, given) => store.commit(record, [], given)],
    ['amend', (store, given) => store.amend(record, given)],
    ['release', (store, given) => store.release(claim, given)],
  ];
  it.each(operations)('sends nothing when its time is over, and says what it was doing: %s', async (operation, call) => {
    const send = vi.fn();
    await expect(call(new DynamoDbStore({ send }, 'table'), { timeoutMs: 0, token: 't' })).rejects.toMatchObject({
      code: 'store_failed',
      operation,
      retryable: true,
      cause: { name: 'TimeoutError' },
    });
    expect(send).not.toHaveBeenCalled();
  });

  it.each(operations)('gives up although the client, pausing before another try, does not: %s', async (operation, call) => {
    const signals: AbortSignal[] = [];
    const pausing = (_command: unknown, given: { readonly abortSignal: AbortSignal }) => {
      signals.push(given.abortSignal);
      return new Promise<never>(() => {});
    };
    const store = new DynamoDbStore({ send: pausing as never }, 'table');
    await expect(call(store, { timeoutMs: 5, token: 't' })).rejects.toMatchObject({
      code: 'store_failed',
      operation,
      retryable: true,
      cause: { name: 'TimeoutError' },
    });
    expect(signals).toEqual([expect.objectContaining({ aborted: true })]);
  });

  describe('meeting an item it did not write', () => {
    const meet = async (change: (item: Item) => unknown) => {
      const tableName = await createTable(idempotencyTableDefinition);
      const { item } = completionItems(completed(claim, { statusCode: 200, body: 'x' }, 60_000), 'completed');
      change(item);
      await newClient().send(new PutItemCommand({ TableName: tableName, Item: item }));
      return new DynamoDbStore(newClient(), tableName);
    };
    it.each([
      ['of another format version', (item: Item) => Object.assign(item, { v: { N: '2' } }), 'format version 2'],
      ['without a version', (item: Item) => delete item.v, 'no number attribute "v"'],
      ['without an owner', (item: Item) => delete item.owner, 'no string attribute "owner"'],
      ['in an unknown state', (item: Item) => Object.assign(item, { state: { S: 'paused' } }), 'unknown state'],
      ['without its response', (item: Item) => delete item.response, 'no binary attribute "response"'],
    ])('refuses one %s, and says why', async (_what, change, reason) => {
      const store = await meet(change);
      const expected = { code: 'unreadable_record', retryable: false, message: expect.stringContaining(reason) };
      await expect(store.claim({ ...claim, owner: 'p' }, 1_000, options)).rejects.toMatchObject({ ...expected, operation: 'claim' });
      await expect(store.read('id', options)).rejects.toMatchObject({ ...expected, operation: 'read' });
    });

    it.each([
      ['empty', ''],
      ['garbage', 'garbage'],
      ['without a status', '\0\0\0\0\x02{}'],
    ])('refuses to load a response that is %s, and says why', async (_what, bytes) => {
      const store = await meet(item => Object.assign(item, { response: { B: Buffer.from(bytes) } }));
      const record = await store.read('id', options);
      await expect(store.loadResponse(record as CompletedRecord, options)).rejects.toMatchObject({
        code: 'unreadable_record',
        operation: 'load response',
        retryable: false,
        message: expect.stringContaining("can't be unpacked"),
      });
    });

    it('has lost its claim to it, and changes nothing of it', async () => {
      const store = await meet(item => Object.assign(item, { v: { N: '2' }, owner: { S: 'successor' } }));
      const record = completed(claim, { statusCode: 204 }, 60_000);
      const lost = { outcome: 'lost', to: 'unreadable' };
      expect(await store.complete(record, options)).toEqual(lost);
      expect(await store.commit(record, [], { ...options, token: 't' })).toEqual({ ...lost, error: expect.any(Error) });
      expect(await store.amend(record, options)).toEqual(lost);
      expect(await store.release(claim, options)).toEqual(lost);
    });

    it('claims over one that is expired, whatever its format', async () => {
      const store = await meet(item => Object.assign(item, { v: { N: '2' } }));
      const now = claim.expiresAt;
      expect(await store.claim({ ...claim, owner: 'p' }, now, options)).toEqual({ outcome: 'claimed' });
    });
  });

  it('knows a commit of its own by the record, long after DynamoDB has forgotten its token', async () => {
    const client = newClient();
    // DynamoDB remembers a token for ten minutes. Without one, each try is a transaction of its own, as after that time.
    client.middlewareStack.add(
      next => args => {
        if ('ClientRequestToken' in args.input) Object.assign(args.input, { ClientRequestToken: undefined });
        return next(args);
      },
      { step: 'initialize', priority: 'high' },
    );
    const store = new DynamoDbStore(client, await createTable(idempotencyTableDefinition));
    await store.claim(claim, 1_000, options);
    const record = completed(claim, { statusCode: 204 }, 60_000);
    expect(await store.commit(record, [], { ...options, token: 'one' })).toEqual({ outcome: 'done' });
    expect(await store.commit(record, [], { ...options, token: 'one' })).toEqual({ outcome: 'done' });
    expect(await store.commit(record, [], { ...options, token: 'two' })).toMatchObject({ outcome: 'lost' });
  });

  it('asks nothing of a client but `send`', async () => {
    const real: DynamoDBClient = newClient();
    const store = new DynamoDbStore({ send: real.send.bind(real) }, await createTable(idempotencyTableDefinition));
    expect(await store.claim(claim, 1_000, options)).toEqual({ outcome: 'claimed' });
  });
});
