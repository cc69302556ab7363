/**
 * What the README says in its comparison with `@aws-lambda-powertools/idempotency`: each line is tried on both, in the form that
 * their documentation shows for an HTTP API (the key taken from the header), against the same DynamoDB.
 */
import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { idempotency, idempotencyTableDefinition } from '../lib/index.ts';
import powertools from '../node_modules/@aws-lambda-powertools/idempotency/package.json' with { type: 'json' };
import { createTable, dynamoDbEndpoint, newClient } from './support/dynamodb.ts';
import { Gate, startFaultProxy } from './support/fault-proxy.ts';
import { counting, type Handler, type Lambda, newKey, requestOf } from './support/forms.ts';
import { readme } from './support/readme.ts';

let tableName: string;
beforeAll(async () => {
  tableName = await createTable(idempotencyTableDefinition);
});
afterEach(() => {
  vi.useRealTimers();
});

type Protect = (handler: Handler, client?: DynamoDBClient) => Lambda;

const ours: Protect = (handler, client = newClient()) =>
  calling(middy(handler as never).use(idempotency({ tableName, client, waitMs: 0, onEvent: () => {} })));

const theirs: Protect = (handler, client = newClient()) => {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client });
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'headers."Idempotency-Key"', throwOnNoIdempotencyKey: false });
  return calling(middy(handler as never).use(makeHandlerIdempotent({ persistenceStore, config })));
};

function calling(handler: unknown): Lambda {
  const context = { getRemainingTimeInMillis: () => 9_000 } as Context;
  return event => (handler as (event: unknown, context: Context) => ReturnType<Lambda>)(event, { ...context });
}

it('is with the version that the README names', async () => {
  const [, named] = /`@aws-lambda-powertools\/idempotency` ([\d.]+)/.exec(await readme()) ?? [];
  expect(named).toBe(powertools.version);
});

describe('a repeat while the first request runs', () => {
  async function repeatWhileRunning(protect: Protect) {
    const gate = new Gate();
    const lambda = protect(async () => {
      await gate.pass();
      return { statusCode: 201, body: '' };
    });
    const request = requestOf({ key: newKey() });
    const first = lambda(request);
    await gate.reached;
    const [repeat] = await Promise.allSettled([lambda(request)]);
    gate.open();
    await first;
    return repeat;
  }

  it('Powertools: throws, which is a 500 unless the application maps the error', async () => {
    expect(await repeatWhileRunning(theirs)).toMatchObject({ reason: { name: 'IdempotencyAlreadyInProgressError' } });
  });

  it('ours: 409, and when to come back', async () => {
    const headers = { 'retry-after': expect.any(String) };
    expect(await repeatWhileRunning(ours)).toMatchObject({ value: { statusCode: 409, headers } });
  });
});

describe('a handler that returns a 500', () => {
  async function retryAfterFailure(protect: Protect) {
    const handler = counting(run => ({ statusCode: run === 1 ? 500 : 201, body: '' }));
    const lambda = protect(handler);
    const request = requestOf({ key: newKey() });
    await lambda(request);
    return { retried: (await lambda(request)).statusCode, runs: handler.runs };
  }

  it('Powertools: the failure is stored and replayed', async () => {
    expect(await retryAfterFailure(theirs)).toEqual({ retried: 500, runs: 1 });
  });

  it('ours: a retry runs', async () => {
    expect(await retryAfterFailure(ours)).toEqual({ retried: 201, runs: 2 });
  });
});

describe('a replay', () => {
  async function replayOf(protect: Protect) {
    const lambda = protect(counting(() => ({ statusCode: 201, headers: { 'Set-Cookie': 'session=secret' }, body: 'made' })));
    const request = requestOf({ key: newKey() });
    await lambda(request);
    return lambda(request);
  }

  it('Powertools: as it was, cookies included, unless a response hook changes it', async () => {
    expect(await replayOf(theirs)).toEqual({ statusCode: 201, headers: { 'Set-Cookie': 'session=secret' }, body: 'made' });
  });

  it('ours: marked, and without cookies', async () => {
    expect(await replayOf(ours)).toEqual({ statusCode: 201, headers: { 'Idempotent-Replayed': 'true' }, body: 'made' });
  });
});

describe('the same key from another caller, and for another path', () => {
  async function others(protect: Protect) {
    const handler = counting();
    const lambda = protect(handler);
    const key = newKey();
    await lambda(requestOf({ key }));
    const otherCaller = await lambda(requestOf({ key, apiKey: 'caller-b' }));
    const otherPath = await lambda(requestOf({ key, path: '/payments' }));
    return { otherCaller: otherCaller.body, otherPath: otherPath.statusCode, runs: handler.runs };
  }

  it("Powertools: the first caller's answer, unless the key expression names caller and path", async () => {
    expect(await others(theirs)).toEqual({ otherCaller: '{"run":1}', otherPath: 201, runs: 1 });
  });

  it('ours: an operation of their own, and 422', async () => {
    expect(await others(ours)).toEqual({ otherCaller: '{"run":2}', otherPath: 422, runs: 2 });
  });
});

describe('an attempt that outlives its lease', () => {
  /** The first attempt ends, with `result`, after the second has begun and ended. What does a third get? */
  async function overtaken(protect: Protect, result: () => unknown) {
    const gate = new Gate();
    const handler = Object.assign(
      async () => {
        if (++handler.runs > 1) return { statusCode: 201, body: `run ${handler.runs}` };
        await gate.pass();
        return result();
      },
      { runs: 0 },
    );
    const lambda = protect(handler);
    const request = requestOf({ key: newKey() });
    const first = lambda(request);
    const settled = Promise.allSettled([first]);
    await gate.reached;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await lambda(request);
    gate.open();
    await settled;
    return { third: (await lambda(request)).body, runs: handler.runs };
  }
  const late = () => ({ statusCode: 201, body: 'late' });
  const failure = () => {
    throw new Error('late failure');
  };

  it("Powertools: overwrites its successor's answer", async () => {
    expect(await overtaken(theirs, late)).toEqual({ third: 'late', runs: 2 });
  });

  it("Powertools: deletes its successor's record when it fails, and a third request runs again", async () => {
    expect(await overtaken(theirs, failure)).toEqual({ third: 'run 3', runs: 3 });
  });

  it.each([
    ['answers', late],
    ['fails', failure],
  ])('ours: can do neither when it %s', async (_how, result) => {
    expect(await overtaken(ours, result)).toEqual({ third: 'run 2', runs: 2 });
  });
});

describe('a response of 500 KB', () => {
  async function retryOfLarge(protect: Protect) {
    const handler = counting(() => ({ statusCode: 201, body: 'x'.repeat(500 * 1024) }));
    const lambda = protect(handler);
    const request = requestOf({ key: newKey() });
    const [first] = await Promise.allSettled([lambda(request)]);
    const [retry] = await Promise.allSettled([lambda(request)]);
    return { first: first.status, retry: retry.status, runs: handler.runs };
  }

  it('Powertools: the operation is done and the client gets an error; a retry runs it again', async () => {
    // The error that `after` met makes its `onError` delete the record.
    expect(await retryOfLarge(theirs)).toEqual({ first: 'rejected', retry: 'rejected', runs: 2 });
  });

  it('ours: replays', async () => {
    expect(await retryOfLarge(ours)).toEqual({ first: 'fulfilled', retry: 'fulfilled', runs: 1 });
  });
});

describe('an answer of DynamoDB that is lost', () => {
  async function withLost(protect: Protect, operation: string) {
    const proxy = await startFaultProxy(dynamoDbEndpoint());
    onTestFinished(() => proxy.stop());
    const handler = counting();
    const lambda = protect(handler, newClient({ endpoint: proxy.endpoint }));
    const request = requestOf({ key: newKey() });
    proxy.inject(operation, { kind: 'lost-after' });
    const [first] = await Promise.allSettled([lambda(request)]);
    return { first: first.status, runs: handler.runs };
  }

  it('Powertools: the claim, sent again by the SDK, meets itself: nobody runs until its lease is over', async () => {
    expect(await withLost(theirs, 'PutItem')).toEqual({ first: 'rejected', runs: 0 });
  });

  it('ours: recognises its own claim', async () => {
    expect(await withLost(ours, 'PutItem')).toEqual({ first: 'fulfilled', runs: 1 });
  });
});

describe('a result that can not be stored, because DynamoDB fails', () => {
  async function withFailing(protect: Protect, operation: string) {
    const proxy = await startFaultProxy(dynamoDbEndpoint());
    onTestFinished(() => proxy.stop());
    const handler = counting();
    const lambda = protect(handler, newClient({ endpoint: proxy.endpoint, maxAttempts: 1 }));
    const request = requestOf({ key: newKey() });
    proxy.inject(
      operation,
      { kind: 'error', status: 400, name: 'AccessDeniedException' },
      { skip: operation === 'PutItem' ? 1 : 0, times: 9 },
    );
    const [first] = await Promise.allSettled([lambda(request)]);
    proxy.reset();
    const [retry] = await Promise.allSettled([lambda(request)]);
    return { first: first.status, retry: retry.status === 'fulfilled' ? retry.value.statusCode : retry.status, runs: handler.runs };
  }

  it('Powertools: the client of a finished operation gets an error, and a retry runs it again', async () => {
    expect(await withFailing(theirs, 'UpdateItem')).toEqual({ first: 'rejected', retry: 201, runs: 2 });
  });

  it('ours: the client gets the answer, and the key is held', async () => {
    expect(await withFailing(ours, 'PutItem')).toEqual({ first: 'fulfilled', retry: 409, runs: 1 });
  });
});
