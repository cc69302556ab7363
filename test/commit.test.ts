/** Effects exactly once: `commit`, `fence` and `deriveKey`, rule by rule, in every form, on DynamoDB Local. */
import { randomUUID } from 'node:crypto';
import { type CreateTableCommandInput, PutItemCommand, ScanCommand, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type IdempotencyContext,
  IdempotencyLostClaimError,
  type IdempotencyOptions,
  type IdempotentContext,
  type Write,
} from '../lib/index.ts';
import { createTable, dynamoDbEndpoint, newClient } from './support/dynamodb.ts';
import { type Fault, type FaultProxy, Gate, serverError, startFaultProxy, throttled } from './support/fault-proxy.ts';
import { deploy, formNames, type LambdaResponse, newKey, requestOf } from './support/forms.ts';
import { overtaken } from './support/overtaken.ts';

const marker = 'Idempotent-Replayed';
const created = { statusCode: 201, headers: { 'content-type': 'text/plain' }, body: 'created' };
const typeOf = (response: LambdaResponse) => JSON.parse(response.body).error.type;

const effectsTable = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
});

let proxy: FaultProxy;
let effects: string;
beforeEach(async () => {
  proxy = await startFaultProxy(dynamoDbEndpoint());
  effects = await createTable(effectsTable);
});
afterEach(async () => {
  vi.useRealTimers();
  await proxy.stop();
});

const itemsIn = async (tableName: string) =>
  ((await newClient().send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? []).map(item => unmarshall(item));
const put = (id: string = randomUUID(), more: object = {}): Write => ({
  Put: { TableName: effects, Item: { id, ...more }, ConditionExpression: 'attribute_not_exists(id)' },
});

describe.each(formNames)('%s', form => {
  type Commit = IdempotencyContext['commit'];
  const set = (handler: (commit: Commit, context: IdempotencyContext) => unknown, options: IdempotencyOptions = {}, maxAttempts = 3) =>
    deploy(form, async (_event: never, { idempotency }: IdempotentContext) => handler(idempotency.commit, idempotency), {
      client: newClient({ endpoint: proxy.endpoint, maxAttempts }),
      ...options,
    });

  it('performs the writes and stores the response in one transaction: 2 round trips with the claim', async () => {
    const { lambda, kinds } = await set(commit => commit(created, [put('a'), put('b')]));
    const key = newKey();
    const first = await lambda(requestOf({ key }));
    expect(first).toMatchObject(created);
    expect(await itemsIn(effects)).toHaveLength(2);
    const replayed = await lambda(requestOf({ key }));
    expect(replayed).toMatchObject({ ...created, headers: { ...created.headers, [marker]: 'true' } });
    // `around` has an `after` in these tests that changes the response: one more write, as rule 7 has it.
    const amendments = form === 'around' ? ['PutItem'] : [];
    expect(proxy.operations()).toEqual(['PutItem', 'TransactWriteItems', ...amendments, 'PutItem']);
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it('resolves to the very response it was given', async () => {
    const { lambda } = await set(async commit => {
      const response = { ...created, headers: {} };
      expect(await commit(response, [])).toBe(response);
      return response;
    });
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 201 });
  });

  it('takes every kind of write, and up to 99 of them', async () => {
    const { lambda } = await set(async (commit, { attempt }) => {
      await DynamoDBDocumentClient.from(newClient()).send(
        new TransactWriteCommand({ TransactItems: [put('there', { n: 1 }), put('old')] }),
      );
      return commit({ ...created, body: String(attempt) }, [
        { Update: { TableName: effects, Key: { id: 'there' }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } } },
        { Delete: { TableName: effects, Key: { id: 'old' } } },
        { ConditionCheck: { TableName: effects, Key: { id: 'missing' }, ConditionExpression: 'attribute_not_exists(id)' } },
        ...Array.from({ length: 96 }, (_, n) =>
          put(`new-${n}`, { n, tags: new Set(['a', 'b']), nothing: undefined, deep: [{ yes: true }] }),
        ),
      ]);
    });
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 201 });
    const items = await itemsIn(effects);
    expect(items).toHaveLength(97);
    expect(items).toContainEqual({ id: 'there', n: 2 });
    expect(items).toContainEqual({ id: 'new-5', n: 5, tags: new Set(['a', 'b']), deep: [{ yes: true }] });
  });

  it('marshals as the document client does, but for a setting that is none of a write', async () => {
    const client = DynamoDBDocumentClient.from(newClient(), {
      marshallOptions: { convertTopLevelContainer: true, convertEmptyValues: true },
    });
    const { lambda } = await set(
      commit =>
        commit(created, [
          put('a', { empty: '' }),
          { Update: { TableName: effects, Key: { id: 'b' }, UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': 1 } } },
        ]),
      { client },
    );
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject(created);
    expect(await itemsIn(effects)).toEqual(
      expect.arrayContaining([
        { id: 'a', empty: null },
        { id: 'b', n: 1 },
      ]),
    );
  });

  it('commits a response too large for its record', async () => {
    const body = Array.from({ length: 20_000 }, () => newKey()).join();
    const { lambda } = await set(commit => commit({ ...created, body }, [put()]));
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(await lambda(requestOf({ key }))).toMatchObject({ body, headers: { [marker]: 'true' } });
    expect(proxy.operations().slice(0, 3)).toEqual(['PutItem', 'BatchWriteItem', 'TransactWriteItems']);
  });

  it("replays what was committed although an earlier commit's body arrives late", async () => {
    const [early, late] = [1, 2].map(() => Array.from({ length: 4_000 }, () => newKey()).join());
    const gate = new Gate();
    proxy.inject('BatchWriteItem', { kind: 'hold', where: 'before', gate });
    const client = newClient({
      endpoint: proxy.endpoint,
      maxAttempts: 1,
      requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true },
    });
    const { lambda } = await set(
      async commit => {
        const failed = await commit({ ...created, body: early }, [put('early')]).catch(() => undefined);
        return failed ?? commit({ ...created, body: late }, [put('late')]);
      },
      { client },
    );
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: late });
    gate.open();
    await expect.poll(() => proxy.calls.every(call => call.status !== undefined)).toBe(true);
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: late, headers: { [marker]: 'true' } });
    expect(await itemsIn(effects)).toEqual([{ id: 'late' }]);
  });

  it('writes nothing when the body of a large response could not be written, and the key stays usable', async () => {
    const body = Array.from({ length: 20_000 }, () => newKey()).join();
    proxy.inject('BatchWriteItem', { kind: 'lost-before' });
    const { lambda } = await set(commit => commit({ ...created, body }, [put()]), {}, 1);
    const key = newKey();
    await expect(lambda(requestOf({ key }))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await itemsIn(effects)).toEqual([]);
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, body });
  });

  it("hands the handler the SDK's own error when a condition fails: nothing happened, and the key is free again", async () => {
    const failures: TransactionCanceledException[] = [];
    const { lambda, kinds } = await set(async commit => {
      try {
        return await commit(created, [
          put('fresh'),
          {
            Put: {
              TableName: effects,
              Item: { id: 'taken', by: 'me' },
              ConditionExpression: 'attribute_not_exists(id)',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
        ]);
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        failures.push(error);
        return { statusCode: 409, headers: {}, body: 'taken' };
      }
    });
    await DynamoDBDocumentClient.from(newClient()).send(new TransactWriteCommand({ TransactItems: [put('taken', { by: 'another' })] }));
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 409, body: 'taken' });
    expect(failures[0]?.CancellationReasons?.map(({ Code }) => Code)).toEqual(['None', 'ConditionalCheckFailed', 'None']);
    expect(failures[0]?.CancellationReasons?.[1]?.Item).toEqual({ id: { S: 'taken' }, by: { S: 'another' } });
    expect(await itemsIn(effects)).toEqual([{ id: 'taken', by: 'another' }]);
    expect(kinds()).toEqual(['claimed', 'released']);
  });

  it('lets the handler commit other writes after one that failed for certain', async () => {
    const { lambda, kinds } = await set(async commit => {
      await commit(created, [
        { ConditionCheck: { TableName: effects, Key: { id: 'x' }, ConditionExpression: 'attribute_exists(id)' } },
      ]).catch(() => {});
      await commit(created, Array(100).fill(put())).catch(() => {});
      await commit({ statusCode: 500 }, [put()]).catch(() => {});
      return commit(created, [put('second')]);
    });
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject(created);
    expect(await itemsIn(effects)).toEqual([{ id: 'second' }]);
    expect(await lambda(requestOf({ key }))).toMatchObject({ headers: { [marker]: 'true' } });
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  const refusals: readonly [what: string, response: unknown, writes: () => unknown, code: string, message: RegExp][] = [
    ['100 writes', created, () => Array.from({ length: 100 }, () => put()), 'invalid_writes', /99 writes at most, got 100/],
    ['writes that are no list', created, () => put(), 'invalid_writes', /must be a list/],
    [
      'a write of no kind',
      created,
      () => [put(), {}],
      'invalid_writes',
      /write 1 must have exactly one of Put, Update, Delete, ConditionCheck/,
    ],
    [
      'a write of two kinds',
      created,
      () => [{ ...put(), Delete: { TableName: effects, Key: { id: 'x' } } }],
      'invalid_writes',
      /write 0 must have exactly one/,
    ],
    ['a write without a table', created, () => [{ Put: { Item: { id: 'x' } } }], 'invalid_writes', /write 0 must name its table/],
    ['a Put without an item', created, () => [{ Put: { TableName: effects } }], 'invalid_writes', /write 0 must have an Item/],
    ['a Delete without a key', created, () => [{ Delete: { TableName: effects } }], 'invalid_writes', /write 0 must have a Key/],
    [
      'a value without a form',
      created,
      () => [put('x', { when: new Date() })],
      'invalid_writes',
      /write 0 has a value that DynamoDB has no form for/,
    ],
    [
      'two writes to one item',
      created,
      () => [put('x'), put('y'), { Delete: { TableName: effects, Key: { id: 'x' } } }],
      'invalid_writes',
      /write 2 is on the same item as write 0/,
    ],
    ['two equal writes', created, () => [put('x'), put('x')], 'invalid_writes', /write 1 is on the same item as write 0/],
    [
      'an item over 400 KB',
      created,
      () => [put('x', { b: 'x'.repeat(409_600) })],
      'invalid_writes',
      /write 0 is an item of 4096\d\d bytes/,
    ],
    [
      'more than 4 MB',
      created,
      () => Array.from({ length: 11 }, () => put(randomUUID(), { b: 'x'.repeat(400_000) })),
      'invalid_writes',
      /bytes together, got 44\d{5}/,
    ],
    ['a failure', { statusCode: 404 }, () => [put()], 'response_not_stored', /only a 2xx/],
    ['no response', undefined, () => [put()], 'response_not_stored', /only a 2xx/],
    ['an object for a body', { statusCode: 200, body: {} }, () => [put()], 'response_not_stored', /body is not a string/],
    ['a response that is not to be stored', { statusCode: 202 }, () => [put()], 'response_not_stored', /shouldStore refuses/],
  ];
  it.each(refusals)('refuses %s before anything is sent, with a key and without', async (_what, response, writes, code, message) => {
    const { lambda } = await set(commit => commit(response, writes() as Write[]), { shouldStore: ({ statusCode }) => statusCode !== 202 });
    for (const key of [newKey(), null]) {
      await expect(lambda(requestOf({ key }))).rejects.toMatchObject({
        name: 'IdempotencyCommitError',
        code,
        message: expect.stringMatching(message),
      });
    }
    expect(proxy.operations()).toEqual(['PutItem', 'DeleteItem']);
    expect(await itemsIn(effects)).toEqual([]);
  });

  it('refuses a fence inside a commit', async () => {
    const { lambda } = await set((commit, { fence }) => commit(created, [...fence(), put()]));
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toMatchObject({
      code: 'invalid_writes',
      message: expect.stringContaining('fence()'),
    });
  });

  it('refuses a second commit, also when both run at once', async () => {
    const errors: unknown[] = [];
    const { lambda } = await set(async commit => {
      const both = await Promise.allSettled([commit(created, [put('a')]), commit(created, [put('b')])]);
      errors.push(...both.filter(result => result.status === 'rejected').map(({ reason }) => reason));
      await commit(created, [put('c')]).catch(error => errors.push(error));
      return created;
    });
    for (const key of [newKey(), null]) {
      await lambda(requestOf({ key })).catch(error => errors.push(error));
      expect(errors.splice(0)).toMatchObject([{ code: 'already_committed' }, { code: 'already_committed' }]);
      expect(await itemsIn(effects)).toEqual([{ id: 'a' }]);
      effects = await createTable(effectsTable);
    }
  });

  it.each([
    ['another transaction', 'TransactionConflict'],
    ['throttling', 'ThrottlingError'],
  ])('waits %s out, with the same token', async (_what, Code) => {
    const cancelled: Fault = { kind: 'answer', status: 400, from: () => cancellation(['None', Code]) };
    proxy.inject('TransactWriteItems', cancelled, { times: 3 });
    const { lambda, kinds } = await set(commit => commit(created, [put('a')]));
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject(created);
    const tokens = proxy.calls.filter(({ operation }) => operation === 'TransactWriteItems').map(({ body }) => body.ClientRequestToken);
    expect(tokens).toHaveLength(4);
    expect(new Set(tokens).size).toBe(1);
    expect(kinds()).toEqual(['claimed', 'completed']);
  });

  it('gives up on transactions in the way after three more tries: nothing happened', async () => {
    proxy.inject(
      'TransactWriteItems',
      { kind: 'answer', status: 400, from: () => cancellation(['TransactionConflict', 'None']) },
      { times: 100 },
    );
    const { lambda, kinds } = await set(commit => commit(created, [put('a')]));
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(proxy.operations()).toEqual(['PutItem', ...Array(4).fill('TransactWriteItems'), 'DeleteItem']);
    expect(kinds()).toEqual(['claimed', 'released']);
  });

  it.each([
    ['an empty list of reasons', []],
    ['no reasons', undefined],
  ])('does not wait out a cancellation with %s, which may come again for ever', async (_what, CancellationReasons) => {
    proxy.inject('TransactWriteItems', { kind: 'answer', status: 400, from: () => ({ ...cancellation([]), CancellationReasons }) });
    const { lambda } = await set(commit => commit(created, [put('a')]));
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(proxy.operations()).toEqual(['PutItem', 'TransactWriteItems', 'DeleteItem']);
  });

  it('does not wait out a condition that failed beside a conflict', async () => {
    const from = () => cancellation(['TransactionConflict', 'ConditionalCheckFailed', 'None']);
    proxy.inject('TransactWriteItems', { kind: 'answer', status: 400, from });
    const { lambda } = await set(commit => commit(created, [put('a'), put('b')]));
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(proxy.operations()).toEqual(['PutItem', 'TransactWriteItems', 'DeleteItem']);
  });

  it.each([
    ['lost before DynamoDB heard of it', { kind: 'lost-before' }],
    ['applied, and its answer lost', { kind: 'lost-after' }],
    ['met by a server error', serverError],
    ['throttled', throttled],
  ] as [string, Fault][])('gets over a commit that is %s, by the SDK trying again', async (_what, fault) => {
    proxy.inject('TransactWriteItems', fault);
    const { lambda, kinds } = await set(commit => commit(created, [put('a')]));
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject(created);
    expect(await lambda(requestOf({ key }))).toMatchObject({ headers: { [marker]: 'true' } });
    expect(await itemsIn(effects)).toEqual([{ id: 'a' }]);
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it('reads an unanswered commit back once, and finds it applied', async () => {
    proxy.inject('TransactWriteItems', { kind: 'lost-after' });
    const { lambda, kinds } = await set(commit => commit(created, [put('a')]), {}, 1);
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject(created);
    expect(proxy.operations().slice(0, 3)).toEqual(['PutItem', 'TransactWriteItems', 'GetItem']);
    expect(kinds()).toEqual(['claimed', 'completed']);
  });

  it.each([
    ['its claim still standing', undefined],
    ['no answer to that either', { kind: 'lost-before' }],
  ] as [string, Fault | undefined][])('holds the key when it finds %s: nobody knows', async (_what, readFault) => {
    proxy.inject('TransactWriteItems', { kind: 'lost-before' });
    if (readFault) proxy.inject('GetItem', readFault);
    const { lambda, events } = await set(commit => commit(created, [put('a')]), {}, 1);
    const key = newKey();
    await expect(lambda(requestOf({ key }))).rejects.toMatchObject({ name: 'IdempotencyCommitError', code: 'outcome_unknown' });
    expect(typeOf(await lambda(requestOf({ key })))).toBe('idempotency_in_progress');
    expect(events).toMatchObject([{ kind: 'claimed' }, { kind: 'outcome_unknown', level: 'error' }, { kind: 'in_progress' }]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await lambda(requestOf({ key }))).toMatchObject(created);
    expect(await itemsIn(effects)).toEqual([{ id: 'a' }]);
  });

  it('does not believe a handler that claims success after an unknown commit', async () => {
    proxy.inject('TransactWriteItems', { kind: 'lost-before' });
    const { lambda, kinds } = await set(
      async commit => {
        await commit(created, [put('a')]).catch(() => {});
        return created;
      },
      {},
      1,
    );
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 409 });
    expect(kinds()).toEqual(['claimed', 'outcome_unknown', 'in_progress']);
  });

  it('passes on what DynamoDB refuses for what it says, and the key is free again', async () => {
    const { lambda, kinds } = await set(commit => commit(created, [{ Put: { TableName: 'nowhere', Item: { id: 'a' } } }]));
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(kinds()).toEqual(['claimed', 'released']);
  });

  describe('a commit of an attempt that was overtaken', () => {
    const handling = (handle: (error: unknown) => unknown) => (stand: () => Promise<number>) =>
      set(async (commit, { attempt }) => {
        await stand();
        try {
          return await commit({ ...created, body: `attempt ${attempt}` }, [put(`by-${attempt}`)]);
        } catch (error) {
          return handle(error);
        }
      });
    const rethrow = (error: unknown) => {
      throw error;
    };

    it("writes nothing, and its client gets its successor's answer", async () => {
      const seen: unknown[] = [];
      const { first, kinds } = await overtaken(
        handling(error => {
          seen.push(error);
          throw error;
        }),
      );
      expect(await first).toMatchObject({ statusCode: 201, body: 'attempt 2', headers: { [marker]: 'true' } });
      expect(seen).toMatchObject([{ name: 'IdempotencyLostClaimError', code: 'lost_claim' }]);
      expect(seen[0]).toBeInstanceOf(IdempotencyLostClaimError);
      expect(await itemsIn(effects)).toEqual([{ id: 'by-2' }]);
      expect(kinds()).toEqual(['claimed', 'taken_over', 'completed', 'lost_claim', 'replayed']);
    });

    it('writes nothing while its successor runs, and its client gets a 409', async () => {
      const { first, second, openSecond } = await overtaken(handling(rethrow), { secondStands: true });
      expect(typeOf(await first)).toBe('idempotency_in_progress');
      openSecond();
      expect(await second).toMatchObject({ body: 'attempt 2' });
      expect(await itemsIn(effects)).toEqual([{ id: 'by-2' }]);
    });

    it('can be answered by the handler, whose failure goes out as it is', async () => {
      const { first, lambda, key } = await overtaken(handling(() => ({ statusCode: 503, headers: {}, body: 'late' })));
      expect(await first).toMatchObject({ statusCode: 503, body: 'late' });
      expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'attempt 2' });
    });

    it("can not be answered by the handler with a success of its own: the client gets its successor's", async () => {
      const { first } = await overtaken(handling(() => ({ ...created, body: 'mine' })));
      expect(await first).toMatchObject({ body: 'attempt 2', headers: { [marker]: 'true' } });
    });
  });

  it.each([
    ['is refused', undefined],
    ['is not answered, and read back', { kind: 'lost-before' }],
  ] as [string, Fault | undefined][])(
    'has lost its claim to an item that it can not read when it %s, and its client gets what a repeat would',
    async (_what, fault) => {
      const seen: unknown[] = [];
      const { lambda, tableName, kinds } = await set(
        async commit => {
          const [item] = (await newClient().send(new ScanCommand({ TableName: tableName }))).Items ?? [];
          const Item = { ...item, v: { N: '2' }, owner: { S: 'successor' } };
          await newClient().send(new PutItemCommand({ TableName: tableName, Item }));
          if (fault) proxy.inject('TransactWriteItems', fault);
          return commit(created, [put()]).catch(error => {
            seen.push(error);
            throw error;
          });
        },
        {},
        1,
      );
      const key = newKey();
      expect(typeOf(await lambda(requestOf({ key })))).toBe('idempotency_unavailable');
      expect(seen).toMatchObject([{ code: 'lost_claim' }]);
      expect(typeOf(await lambda(requestOf({ key })))).toBe('idempotency_unavailable');
      expect(await itemsIn(effects)).toEqual([]);
      expect(kinds()).toEqual(['claimed', 'lost_claim', 'unavailable']);
    },
  );

  it.each([
    ['throws', true],
    ['answers with a failure', false],
  ])('keeps what was committed when the handler then %s: that goes out, is reported, and a retry replays', async (_what, throws) => {
    const { lambda, events } = await set(async commit => {
      await commit(created, [put('a')]);
      if (throws) throw new Error('afterwards');
      return { statusCode: 500, headers: {}, body: 'afterwards' };
    });
    const key = newKey();
    if (throws) await expect(lambda(requestOf({ key }))).rejects.toThrow('afterwards');
    else expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 500 });
    expect(events.at(-1)).toMatchObject({ kind: 'not_stored', level: 'error' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ ...created, headers: { [marker]: 'true' } });
    expect(await itemsIn(effects)).toEqual([{ id: 'a' }]);
  });

  it('replays the response that went out when it is another success than the committed one', async () => {
    const large = Array.from({ length: 20_000 }, () => newKey()).join();
    for (const body of ['changed', large]) {
      const { lambda } = await set(async commit => {
        await commit({ ...created, body: large.slice(1) }, [put()]);
        return { ...created, body };
      });
      const key = newKey();
      expect(await lambda(requestOf({ key }))).toMatchObject({ body });
      expect(await lambda(requestOf({ key }))).toMatchObject({ body, headers: { [marker]: 'true' } });
    }
  });

  it('replays the committed response when the changed one could not be stored', async () => {
    proxy.inject('PutItem', { kind: 'error', status: 400, name: 'AccessDeniedException' }, { skip: 1 });
    const { lambda, events } = await set(async commit => {
      await commit(created, [put()]);
      return { ...created, body: 'changed' };
    });
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'changed' });
    expect(events.at(-1)).toMatchObject({ kind: 'not_stored' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'created', headers: { [marker]: 'true' } });
  });

  it('refuses a commit that comes after the answer: its own attempt is completed, and not by it', async () => {
    const gate = new Gate();
    let late: Promise<unknown> = Promise.resolve();
    const { lambda } = await set(commit => {
      late = gate.pass().then(() => commit(created, [put('late')]));
      late.catch(() => {});
      return { statusCode: 202, headers: {}, body: 'accepted' };
    });
    await lambda(requestOf({ key: newKey() }));
    gate.open();
    await expect(late).rejects.toMatchObject({ code: 'already_committed', message: expect.stringContaining('has answered already') });
    expect(await itemsIn(effects)).toEqual([]);
  });

  it('refuses a commit that the handler sends in the background after one that failed there', async () => {
    let background: Promise<unknown> = Promise.resolve();
    const { lambda } = await set(commit => {
      background = commit(created, [
        { ConditionCheck: { TableName: effects, Key: { id: 'x' }, ConditionExpression: 'attribute_exists(id)' } },
      ]).catch(() => commit(created, [put('late')]));
      background.catch(() => {});
      return { statusCode: 202, headers: {}, body: 'accepted' };
    });
    const key = newKey();
    await lambda(requestOf({ key }));
    await expect(background).rejects.toMatchObject({ code: 'already_committed' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'accepted', headers: { [marker]: 'true' } });
    expect(await itemsIn(effects)).toEqual([]);
  });

  it('holds the key when a cancellation follows a try whose answer was lost: that try may still arrive', async () => {
    proxy.inject('TransactWriteItems', { kind: 'lost-before' });
    proxy.inject('TransactWriteItems', { kind: 'answer', status: 400, from: () => cancellation(['ConditionalCheckFailed', 'None']) });
    const { lambda, kinds } = await set(commit => commit(created, [put('a')]));
    const key = newKey();
    await expect(lambda(requestOf({ key }))).rejects.toMatchObject({ code: 'outcome_unknown' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 409 });
    expect(kinds()).toEqual(['claimed', 'outcome_unknown', 'in_progress']);
  });

  it('does not take a refusal for the whole story when the SDK had tried before: it reads the record back', async () => {
    proxy.inject('TransactWriteItems', { kind: 'lost-after' });
    proxy.inject('TransactWriteItems', { kind: 'error', status: 400, name: 'ExpiredTokenException' });
    const { lambda } = await set(async commit => {
      try {
        return await commit(created, [put('one')]);
      } catch {
        return commit({ ...created, body: 'second' }, [put('two')]);
      }
    });
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'created' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'created' });
    expect(await itemsIn(effects)).toEqual([{ id: 'one' }]);
  });

  it.each([
    ['is refused by the record', []],
    ['is not answered, and read back', ['lost']],
  ])('does not take what another commit of its attempt did for its own when it %s', async (_what, then) => {
    const client = newClient({ maxAttempts: 1 });
    // The first is applied, and called cancelled: by a DynamoDB that is wrong, or something between. The second may be lost.
    const fates = ['cancelled', ...then];
    client.middlewareStack.add(
      (next, { commandName }) =>
        async args => {
          const fate = commandName === 'TransactWriteItemsCommand' ? fates.shift() : undefined;
          if (fate === 'lost') throw new Error('lost');
          const answer = await next(args);
          if (fate === undefined) return answer;
          const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }];
          throw new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons });
        },
      { step: 'initialize' },
    );
    const { lambda, kinds } = await set(
      async commit => (await commit(created, [put('one')]).catch(() => undefined)) ?? commit({ ...created, body: 'second' }, [put('two')]),
      { client },
    );
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'created', headers: { [marker]: 'true' } });
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: 'created', headers: { [marker]: 'true' } });
    expect(await itemsIn(effects)).toEqual([{ id: 'one' }]);
    expect(kinds()).toEqual(['claimed', 'lost_claim', 'replayed', 'replayed']);
  });

  it('waits for a commit that the handler did not wait for', async () => {
    const { lambda, kinds } = await set(commit => {
      void commit(created, [put('a')]);
      return { statusCode: 500, headers: {}, body: '' };
    });
    const key = newKey();
    await lambda(requestOf({ key }));
    expect(kinds()).toEqual(['claimed', 'completed', 'not_stored']);
    expect(await lambda(requestOf({ key }))).toMatchObject(created);
  });

  it.each([
    ['without a key', { key: null }],
    ['for a method that is not protected', { method: 'GET', key: 'ignored' }],
  ])('just performs the writes %s', async (_what, facts) => {
    let n = 0;
    const { lambda, kinds } = await set(commit => commit(created, [put(`${n++}`)]));
    expect(await lambda(requestOf(facts))).toMatchObject(created);
    expect(await lambda(requestOf(facts))).toMatchObject(created);
    expect(await itemsIn(effects)).toHaveLength(2);
    expect(proxy.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(kinds()).toEqual([]);
  });

  it('just performs the writes when the store is bypassed', async () => {
    proxy.inject('PutItem', { kind: 'lost-before' });
    const { lambda } = await set(commit => commit(created, [put('a')]), { whenStoreFails: 'bypass' }, 1);
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject(created);
    expect(await itemsIn(effects)).toEqual([{ id: 'a' }]);
  });

  it('derives the same key when the store is bypassed as when it is not', async () => {
    const { lambda } = await set(
      (_commit, { deriveKey }) => ({ statusCode: 500, headers: {}, body: deriveKey('charge') }),
      { whenStoreFails: 'bypass' },
      1,
    );
    const key = newKey();
    const { body } = await lambda(requestOf({ key }));
    proxy.inject('PutItem', { kind: 'lost-before' });
    expect((await lambda(requestOf({ key }))).body).toBe(body);
  });

  it("hands on the SDK's error without a key too, and says when nobody knows", async () => {
    const { lambda } = await set(commit => commit(created, [put('a')]), {}, 1);
    await lambda(requestOf({}));
    await expect(lambda(requestOf({}))).rejects.toBeInstanceOf(TransactionCanceledException);
    proxy.inject('TransactWriteItems', { kind: 'lost-after' });
    await expect(lambda(requestOf({}))).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  it('fences a transaction of the handler itself: it fails once the claim is gone', async () => {
    const gate = new Gate();
    const documents = DynamoDBDocumentClient.from(newClient());
    const { lambda } = await set(async (_commit, { fence, attempt }) => {
      if (attempt === 1) await gate.pass();
      await documents.send(
        new TransactWriteCommand({ TransactItems: [...fence(), { Put: { TableName: effects, Item: { id: `by-${attempt}` } } }] }),
      );
      return created;
    });
    const key = newKey();
    const first = lambda(requestOf({ key }));
    first.catch(() => {});
    await gate.reached;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await lambda(requestOf({ key }))).toMatchObject(created);
    gate.open();
    await expect(first).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(await itemsIn(effects)).toEqual([{ id: 'by-2' }]);
  });

  it('has no fence without a key', async () => {
    const { lambda } = await set((_commit, { fence }) => ({ ...created, body: JSON.stringify(fence()) }));
    expect(await lambda(requestOf({}))).toMatchObject({ body: '[]' });
  });

  it('derives the same key on every attempt, another for every label, caller, key, path and table, and none that repeats without a key', async () => {
    const derive =
      (label: string) =>
      (_commit: Commit, { deriveKey }: IdempotencyContext) => ({ statusCode: 500, headers: {}, body: deriveKey(label) });
    const one = await set(derive('charge'));
    const key = newKey();
    const { body } = await one.lambda(requestOf({ key }));
    expect(body).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((await one.lambda(requestOf({ key }))).body).toBe(body);
    const sameTable = await set(derive('refund'), { tableName: one.tableName });
    const others = [
      await sameTable.lambda(requestOf({ key })),
      await one.lambda(requestOf({ key, apiKey: 'caller-b' })),
      await one.lambda(requestOf({ key: newKey() })),
      await one.lambda(requestOf({ key, path: '/other' })),
      await (await set(derive('charge'))).lambda(requestOf({ key })),
      await one.lambda(requestOf({})),
      await one.lambda(requestOf({})),
    ];
    expect(new Set([body, ...others.map(response => response.body)]).size).toBe(others.length + 1);
  });
});

function cancellation(codes: readonly string[]) {
  return {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled [${codes.join(', ')}]`,
    CancellationReasons: codes.map(Code => ({ Code })),
  };
}
