/** Middy's traps, each by name: what goes wrong beside other middlewares, and what `around` makes of it. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import middy, { type MiddlewareObj } from '@middy/core';
import cors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpResponseSerializer from '@middy/http-response-serializer';
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import {
  type IdempotencyEvent,
  type IdempotencyMiddleware,
  type IdempotencyOptions,
  idempotency,
  idempotencyTableDefinition,
} from '../lib/index.ts';
import { createTable, newClient } from './support/dynamodb.ts';
import { counting, type Handler, type Lambda, type LambdaResponse, newKey, requestOf } from './support/forms.ts';

const marker = 'Idempotent-Replayed';
const origin = 'https://app.example';

class HttpError extends Error {
  readonly statusCode: number;
  readonly expose = true;
  constructor(statusCode: number) {
    super(`status ${statusCode}`);
    this.statusCode = statusCode;
  }
}

/** Lets in whoever has the credential "good". */
const auth = (): MiddlewareObj => ({
  before: ({ event }) => {
    if ((event as { credential?: string }).credential !== 'good') throw new HttpError(401);
  },
});

type Hooks = Parameters<ReturnType<typeof middy>['use']>[0];

async function deployAround(
  handler: Handler,
  middlewares: Parameters<IdempotencyMiddleware['around']>[0],
  options: IdempotencyOptions = {},
) {
  const events: IdempotencyEvent[] = [];
  const tableName = await createTable(idempotencyTableDefinition);
  const protection = idempotency({ client: newClient(), tableName, waitMs: 0, onEvent: event => events.push(event), ...options });
  const lambda: unknown = middy(handler as never).use(protection.around(middlewares) as Hooks);
  const items = async () => (await newClient().send(new ScanCommand({ TableName: tableName }))).Items ?? [];
  const call: Lambda = (event, context = {}) => (lambda as Lambda)(event, { ...context } as Context);
  return { lambda: call, items, kinds: () => events.map(({ kind }) => kind) };
}

const signed = (facts: Parameters<typeof requestOf>[0]) => ({ ...requestOf(facts), credential: 'good' });
const withOrigin = (event: Record<string, unknown>) => ({ ...event, headers: { ...(event.headers as object), Origin: origin } });

describe('around', () => {
  it('does not replay a stored response to a bad credential', async () => {
    const { lambda } = await deployAround(counting(), [httpErrorHandler({ logger: false }), auth()]);
    const key = newKey();
    await lambda(signed({ key }));
    const response = await lambda(requestOf({ key }));
    expect(response).toMatchObject({ statusCode: 401 });
    expect(response.headers).not.toHaveProperty(marker);
  });

  it('claims nothing when another middleware refuses', async () => {
    const { lambda, items, kinds } = await deployAround(counting(), [auth()]);
    const key = newKey();
    await expect(lambda(requestOf({ key }))).rejects.toThrow('status 401');
    expect(await items()).toEqual([]);
    expect(kinds()).toEqual([]);
    expect(await lambda(signed({ key }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
  });

  it('claims nothing when another middleware answers early', async () => {
    const maintenance: MiddlewareObj = { before: () => ({ statusCode: 200, headers: {}, body: 'back soon' }) };
    const { lambda, items } = await deployAround(counting(), [maintenance]);
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ body: 'back soon' });
    expect(await items()).toEqual([]);
  });

  it("stores the handler's own answer when an `after` throws, and does not run the effect again", async () => {
    let broken = true;
    const brittle: MiddlewareObj = {
      after: ({ response }) => {
        Object.assign(response, { statusCode: 299, body: 'half-way' });
        response.headers['x-half'] = 'way';
        if (broken) throw new HttpError(500);
      },
    };
    const handler = counting();
    const { lambda, kinds } = await deployAround(handler, [httpErrorHandler({ logger: false }), brittle]);
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 500 });
    broken = false;
    expect(await lambda(requestOf({ key }))).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json', [marker]: 'true' },
      body: '{"run":1}',
    });
    expect(handler.runs).toBe(1);
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it('frees the key when an `after` throws over an answer that is no success', async () => {
    const brittle: MiddlewareObj = {
      after: () => {
        throw new HttpError(500);
      },
    };
    const { lambda, kinds } = await deployAround(
      counting(() => ({ statusCode: 404, headers: {}, body: '' })),
      [brittle],
    );
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toThrow('status 500');
    expect(kinds()).toEqual(['claimed', 'released']);
  });

  it('replays what the `after`s made of the response: CORS headers and all', async () => {
    const { lambda } = await deployAround(counting(), [cors({ origin, exposeHeaders: marker })]);
    const key = newKey();
    const first = await lambda(withOrigin(requestOf({ key })));
    expect(first.headers).toMatchObject({ 'Access-Control-Allow-Origin': origin });
    expect(await lambda(withOrigin(requestOf({ key })))).toEqual({ ...first, headers: { ...first.headers, [marker]: 'true' } });
  });

  it('stores the response that the serializer made of an object', async () => {
    const serializer = httpResponseSerializer({
      defaultContentType: 'application/json',
      serializers: [{ regex: /^application\/json$/, serializer: ({ body }) => JSON.stringify(body) }],
    });
    const { lambda } = await deployAround(
      counting(run => ({ statusCode: 201, headers: {}, body: { run } })),
      [serializer],
    );
    const key = newKey();
    const first = await lambda(requestOf({ key }));
    expect(first.body).toBe('{"run":1}');
    expect(await lambda(requestOf({ key }))).toEqual({ ...first, headers: { ...first.headers, [marker]: 'true' } });
  });

  it('lets CORS headers onto its refusals', async () => {
    const { lambda } = await deployAround(counting(), [cors({ origin }), httpErrorHandler({ logger: false })]);
    const key = newKey();
    await lambda(withOrigin(requestOf({ key })));
    const conflict = await lambda(withOrigin(requestOf({ key, path: '/other' })));
    expect(conflict).toMatchObject({
      statusCode: 422,
      headers: { 'Access-Control-Allow-Origin': origin, 'content-type': 'application/problem+json' },
    });
    expect(JSON.parse(conflict.body).error.type).toBe('idempotency_conflict');
    expect(await lambda(withOrigin(requestOf({ key: '' })))).toMatchObject({
      statusCode: 400,
      headers: { 'Access-Control-Allow-Origin': origin },
    });
  });

  it('shows other middlewares a refusal as an error that explains itself', async () => {
    const seen: unknown[] = [];
    const logger: MiddlewareObj = { onError: ({ error, response }) => void seen.push({ error, statusCode: response?.statusCode }) };
    const { lambda } = await deployAround(counting(), [logger]);
    await lambda(requestOf({ key: '' }));
    expect(seen).toMatchObject([
      { error: { name: 'IdempotencyRefusedError', code: 'idempotency_key_invalid', statusCode: 400, expose: true }, statusCode: 400 },
    ]);
  });

  it('stores the response although an `after` ended the chain by returning one', async () => {
    const calls: string[] = [];
    const outer: MiddlewareObj = { after: () => void calls.push('outer') };
    const returning: MiddlewareObj = { after: ({ response }) => ({ ...response, headers: { 'x-last': 'word' } }) };
    const inner: MiddlewareObj = { after: () => void calls.push('inner') };
    const { lambda, kinds } = await deployAround(counting(), [outer, returning, inner]);
    const key = newKey();
    const first = await lambda(requestOf({ key }));
    expect(first).toMatchObject({ headers: { 'x-last': 'word' }, body: '{"run":1}' });
    expect(calls).toEqual(['inner']);
    expect(await lambda(requestOf({ key }))).toEqual({ ...first, headers: { 'x-last': 'word', [marker]: 'true' } });
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed']);
  });

  it('stores the response although an `after` ended the chain by setting `earlyResponse`', async () => {
    const early: MiddlewareObj = {
      after: request => void Object.assign(request, { earlyResponse: { statusCode: 202, headers: {}, body: 'early' } }),
    };
    const { lambda } = await deployAround(counting(), [early]);
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 202, body: 'early' });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 202, body: 'early', headers: { [marker]: 'true' } });
  });

  it('frees the key when an `after` turned the answer into a failure', async () => {
    const refusing: MiddlewareObj = { after: request => void Object.assign(request.response, { statusCode: 502 }) };
    const { lambda, items } = await deployAround(counting(), [refusing]);
    expect(await lambda(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 502 });
    expect(await items()).toEqual([]);
  });

  it('frees the key before an error handler answers for a handler that threw', async () => {
    const handler = counting(run => {
      if (run === 1) throw new HttpError(418);
      return { statusCode: 201, headers: {}, body: `{"run":${run}}` };
    });
    const { lambda } = await deployAround(handler, [httpErrorHandler({ logger: false })]);
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 418 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201, body: '{"run":2}' });
  });

  it('reads key and payload as they arrived, whatever parsers and normalizers do to the event', async () => {
    const { lambda } = await deployAround(counting(), [httpHeaderNormalizer(), httpJsonBodyParser()], { fingerprint: 'payload' });
    const key = newKey();
    await lambda(requestOf({ key, body: '{ "a": 1 }' }));
    expect(await lambda(requestOf({ key, body: '{ "a": 1 }' }))).toMatchObject({ statusCode: 201, headers: { [marker]: 'true' } });
    expect(await lambda(requestOf({ key, body: '{"a":1}' }))).toMatchObject({ statusCode: 422 });
  });

  it('asks for the scope after the authorizing middleware has named the user', async () => {
    const login: MiddlewareObj = {
      before: ({ event, context }) => void Object.assign(context, { user: (event as { user: string }).user }),
    };
    const { lambda } = await deployAround(counting(), [login], { scope: (_event: unknown, context: { user: string }) => context.user });
    const key = newKey();
    const request = (user: string) => ({ ...requestOf({ key }), user });
    await lambda(request('ann'));
    expect((await lambda(request('bob'))).headers).not.toHaveProperty(marker);
    expect((await lambda(request('ann'))).headers).toHaveProperty(marker);
  });

  it('keeps every hook of a middleware that is an instance of a class', async () => {
    class Auth {
      before(request: { event: { credential?: string } }) {
        if (request.event.credential !== 'good') throw new HttpError(401);
      }
      after(request: { response: { headers: Record<string, string> } }) {
        request.response.headers['x-audit'] = 'yes';
      }
    }
    const { lambda } = await deployAround(counting(), [new Auth() as MiddlewareObj]);
    await expect(lambda(requestOf({ key: newKey() }))).rejects.toThrow('status 401');
    expect(await lambda(signed({ key: newKey() }))).toMatchObject({ headers: { 'x-audit': 'yes' } });
  });

  it('accepts one middleware without a list, and the names of hooks stay as they are', () => {
    const one: MiddlewareObj = { after: function addCors() {} };
    const parts = idempotency({ tableName: 'table', client: newClient() }).around(one);
    expect(parts.map(({ before, after, onError }) => [before?.name, after?.name, onError?.name])).toEqual([
      ['idempotencyOuterBefore', 'idempotencyAfter', undefined],
      [undefined, 'addCors', undefined],
      ['idempotencyGuardBefore', 'idempotencyGuardAfter', 'idempotencyOnError'],
    ]);
  });
});

describe('the middleware alone', () => {
  it("stores the handler's answer before an outer `after` can throw", async () => {
    const brittle: MiddlewareObj = {
      after: () => {
        throw new HttpError(500);
      },
    };
    const handler = counting();
    const tableName = await createTable(idempotencyTableDefinition);
    const lambda = middy(handler)
      .use(brittle)
      .use(idempotency({ client: newClient(), tableName })) as unknown as Lambda;
    const key = newKey();
    await expect(lambda(requestOf({ key }), {})).rejects.toThrow('status 500');
    expect(await lambda(requestOf({ key }), {})).toMatchObject({ body: '{"run":1}' });
    expect(handler.runs).toBe(1);
  });
});

describe('two of these middlewares on one handler', () => {
  const twice = async (differences: IdempotencyOptions, form: 'alone' | 'around' = 'alone') => {
    const handler = counting();
    const options = { client: newClient(), tableName: await createTable(idempotencyTableDefinition), waitMs: 0 };
    const inner = idempotency({ ...options, ...differences });
    const lambda = middy(handler as never)
      .use(idempotency(options))
      .use((form === 'alone' ? inner : inner.around([])) as Hooks) as unknown as Lambda;
    const items = async () => (await newClient().send(new ScanCommand({ TableName: options.tableName }))).Items;
    return { lambda, handler, items };
  };

  it.each(['alone', 'around'] as const)('are a mistake when both protect one key in one table, and the second is %s', async form => {
    const { lambda, handler, items } = await twice({}, form);
    await expect(lambda(requestOf({ key: newKey() }), {})).rejects.toMatchObject({
      name: 'IdempotencyConfigurationError',
      code: 'applied_twice',
      message: expect.stringContaining('twice'),
    });
    expect(handler.runs).toBe(0);
    expect(await items()).toEqual([]);
  });

  it.each([
    ['tables', async () => ({ tableName: await createTable(idempotencyTableDefinition) })],
    ['methods', async () => ({ methods: ['DELETE'] })],
  ])('are none when they differ in their %s', async (_what, differences) => {
    const { lambda, handler } = await twice(await differences());
    const key = newKey();
    expect(await lambda(requestOf({ key }), {})).toMatchObject({ statusCode: 201 });
    expect(await lambda(requestOf({ key }), {})).toMatchObject({ statusCode: 201, headers: { [marker]: 'true' } });
    expect(handler.runs).toBe(1);
  });
});

describe.each(['alone', 'around'] as const)("Middy's early timeout, %s", form => {
  const deployTimeout = async (handler: Handler, plugin: object, remainingMs: number) => {
    const events: IdempotencyEvent[] = [];
    const tableName = await createTable(idempotencyTableDefinition);
    const protection = idempotency({ client: newClient(), tableName, waitMs: 0, onEvent: event => events.push(event) });
    const lambda = middy(handler as never, plugin).use(
      (form === 'alone' ? protection : protection.around([])) as Hooks,
    ) as unknown as Lambda;
    const endsAt = Date.now() + remainingMs;
    const context = () => ({ getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()) });
    const call = (event: unknown): Promise<LambdaResponse> => lambda(event, context());
    return { call, kinds: () => events.map(({ kind }) => kind) };
  };

  it('does not free the key of a handler that still runs', async () => {
    const gate = Promise.withResolvers<unknown>();
    const { call, kinds } = await deployTimeout(() => gate.promise, {}, 100);
    const key = newKey();
    await expect(call(requestOf({ key }))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await call(requestOf({ key }))).toMatchObject({ statusCode: 409 });
    expect(kinds()).toEqual(['claimed', 'outcome_unknown', 'in_progress']);
    gate.resolve(undefined);
  });

  it('does not free it however early Middy gives up, as long as it says so itself', async () => {
    const gate = Promise.withResolvers<unknown>();
    const { call, kinds } = await deployTimeout(() => gate.promise, { timeoutEarlyInMillis: 20_000 }, 20_100);
    const key = newKey();
    await expect(call(requestOf({ key }))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(kinds()).toEqual(['claimed', 'outcome_unknown']);
    gate.resolve(undefined);
  });

  it('frees it when an answer of its own comes with more than a second left: nothing tells that from the answer of the handler', async () => {
    const gate = Promise.withResolvers<unknown>();
    const plugin = { timeoutEarlyInMillis: 20_000, timeoutEarlyResponse: () => ({ statusCode: 408, headers: {}, body: '' }) };
    const { call, kinds } = await deployTimeout(() => gate.promise, plugin, 20_100);
    expect(await call(requestOf({ key: newKey() }))).toMatchObject({ statusCode: 408 });
    expect(kinds()).toEqual(['claimed', 'released']);
    gate.resolve(undefined);
  });

  it('does not free it either when the timeout answers with a response of its own', async () => {
    const gate = Promise.withResolvers<unknown>();
    const plugin = { timeoutEarlyResponse: () => ({ statusCode: 408, headers: {}, body: '' }) };
    const { call, kinds } = await deployTimeout(() => gate.promise, plugin, 100);
    const key = newKey();
    expect(await call(requestOf({ key }))).toMatchObject({ statusCode: 408 });
    expect(await call(requestOf({ key }))).toMatchObject({ statusCode: 409 });
    expect(kinds()).toEqual(['claimed', 'outcome_unknown', 'in_progress']);
    gate.resolve(undefined);
  });

  it('is told from a time-out inside the handler, which frees the key', async () => {
    const handler = counting(run => {
      if (run === 1) throw new DOMException('too slow', 'TimeoutError');
      return { statusCode: 201, headers: {}, body: '' };
    });
    const { call } = await deployTimeout(handler, {}, 60_000);
    const key = newKey();
    await expect(call(requestOf({ key }))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await call(requestOf({ key }))).toMatchObject({ statusCode: 201 });
  });
});
