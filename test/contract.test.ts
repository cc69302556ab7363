/** The HTTP contract, row by row, in every form and dialect in which it can differ. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { DeleteTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { recordId, requestFingerprint } from '../lib/protocol/fingerprint.ts';
import { newClaim } from '../lib/protocol/record.ts';
import { DynamoDbStore } from '../lib/store/dynamodb-store.ts';
import { clientThatTells, newClient } from './support/dynamodb.ts';
import { counting, deploy, dialects, formNames, type LambdaResponse, newKey, requestOf } from './support/forms.ts';

const marker = 'Idempotent-Replayed';
const problemOf = (response: LambdaResponse) => ({ status: response.statusCode, type: JSON.parse(response.body).error.type });
const itemsIn = async (tableName: string) => (await newClient().send(new ScanCommand({ TableName: tableName }))).Items ?? [];

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const formBody = 'name=ACME+%26+S%C3%B6hne&metadata[a]=b&metadata[a]=&%zz';
const multipartBody = '--x\r\ncontent-disposition: form-data; name="f"\r\n\r\n\0\r\n\xff\xfe\r\n--x--\r\n';
/** What is text and what comes in base64 depends on the kind of API and its settings: a handler may get a form as either. */
const bodies: readonly [what: string, contentType: string, body: string, isBase64Encoded: boolean][] = [
  ['a form', 'application/x-www-form-urlencoded', formBody, false],
  ['a form in base64', 'application/x-www-form-urlencoded', base64(formBody), true],
  ['a table of text', 'text/csv; charset=utf-8; header=present', '\ufeffa;b\r\n1;"zwei\n\u2028"\r\n', false],
  ['an upload', 'multipart/form-data; boundary=x', base64(multipartBody), true],
  ['every byte there is', 'application/octet-stream', Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64'), true],
  ['nothing', 'application/octet-stream', '', false],
];

const cases = formNames.flatMap(form => dialects.map(dialect => ({ form, dialect })));

describe.each(cases)('$form, $dialect', ({ form, dialect }) => {
  const request = (facts: Parameters<typeof requestOf>[0] = {}) => requestOf({ dialect, ...facts });

  it.each(['GET', 'HEAD', 'OPTIONS'])('ignores the key of a %s, and stores nothing', async method => {
    const handler = counting();
    const { lambda, tableName } = await deploy(form, handler);
    const key = newKey();
    await lambda(request({ method, key }));
    const again = await lambda(request({ method, key }));
    expect(handler.runs).toBe(2);
    expect(again.headers).not.toHaveProperty(marker);
    expect(await itemsIn(tableName)).toEqual([]);
  });

  it('leaves a mutation without a key to the handler, and stores nothing', async () => {
    const handler = counting();
    const { lambda, tableName } = await deploy(form, handler);
    await lambda(request());
    await lambda(request());
    expect(handler.runs).toBe(2);
    expect(await itemsIn(tableName)).toEqual([]);
  });

  it('refuses a mutation without a key when one is required', async () => {
    const handler = counting();
    const { lambda } = await deploy(form, handler, { required: true });
    expect(problemOf(await lambda(request()))).toEqual({ status: 400, type: 'idempotency_key_required' });
    expect(await lambda(request({ method: 'GET' }))).toMatchObject({ statusCode: 201 });
    expect(handler.runs).toBe(1);
  });

  it.each([
    ['empty', ''],
    ['256 characters long', 'k'.repeat(256)],
    ['with a control character', 'a\u0001b'],
    ['not ASCII', 'ключ'],
    ['half-quoted', '"abc'],
    ['repeated', ['abc', 'abc']],
  ])('refuses a key that is %s', async (_what, key) => {
    const handler = counting();
    const { lambda, tableName } = await deploy(form, handler);
    expect(problemOf(await lambda(request({ key })))).toEqual({ status: 400, type: 'idempotency_key_invalid' });
    expect(handler.runs).toBe(0);
    expect(await itemsIn(tableName)).toEqual([]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('runs a %s once, and gives its repeats the first answer, marked', async method => {
    const handler = counting();
    const { lambda, kinds } = await deploy(form, handler);
    const key = newKey();
    const first = await lambda(request({ method, key }));
    const second = await lambda(request({ method, key }));
    const third = await lambda(request({ method, key: `"${key}"` }));
    expect(handler.runs).toBe(1);
    expect(first.headers).not.toHaveProperty(marker);
    const replayed = { statusCode: 201, headers: { ...first.headers, [marker]: 'true' }, body: '{"run":1}' };
    expect(second).toEqual(replayed);
    expect(third).toEqual(replayed);
    expect(kinds()).toEqual(['claimed', 'completed', 'replayed', 'replayed']);
  });

  it.each(bodies)('hands on %s as it came, and gives it back byte for byte', async (_what, contentType, body, isBase64Encoded) => {
    const seen: unknown[] = [];
    const { lambda } = await deploy(form, async (event: { body: string; isBase64Encoded: boolean }) => {
      seen.push({ body: event.body, isBase64Encoded: event.isBase64Encoded });
      return { statusCode: 200, headers: { 'content-type': contentType }, body: event.body, isBase64Encoded: event.isBase64Encoded };
    });
    const event = request({ key: newKey(), contentType, body, isBase64Encoded });
    const first = await lambda(structuredClone(event));
    const second = await lambda(structuredClone(event));
    expect(seen).toEqual([{ body, isBase64Encoded }]);
    expect(first).toMatchObject({ statusCode: 200, headers: { 'content-type': contentType }, body });
    expect(second).toMatchObject({ statusCode: 200, headers: { 'content-type': contentType, [marker]: 'true' }, body });
    // What is not there means the same as false.
    expect([first, second].map(response => response.isBase64Encoded ?? false)).toEqual([isBase64Encoded, isBase64Encoded]);
  });

  it('stores neither the key nor the API key', async () => {
    const { lambda, tableName, events } = await deploy(form, counting());
    const key = newKey();
    const apiKey = `secret-${randomUUID()}`;
    await lambda(request({ key, apiKey }));
    const seen = JSON.stringify([await itemsIn(tableName), events]);
    expect(seen).not.toContain(key);
    expect(seen).not.toContain(apiKey);
  });

  it('keeps a response for 24 hours from its claim', async () => {
    const before = Date.now();
    const { lambda, tableName } = await deploy(form, counting());
    await lambda(request({ key: newKey() }));
    const after = Date.now();
    const [item] = await itemsIn(tableName);
    const expiresAt = Number(item?.expiresAt?.N);
    expect(expiresAt).toBeGreaterThanOrEqual(before + 86_400_000);
    expect(expiresAt).toBeLessThanOrEqual(after + 86_400_000);
    expect(Number(item?.ttl?.N)).toBe(Math.ceil(expiresAt / 1000));
  });

  it('runs again once the response has expired, although the item is still there', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const handler = counting();
      const { lambda, tableName } = await deploy(form, handler, { expiresInSeconds: 60 });
      const key = newKey();
      await lambda(request({ key }));
      vi.setSystemTime(Date.now() + 59_999);
      expect((await lambda(request({ key }))).headers).toHaveProperty(marker);
      vi.setSystemTime(Date.now() + 1);
      expect(await itemsIn(tableName)).toHaveLength(1);
      expect((await lambda(request({ key }))).body).toBe('{"run":2}');
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['path', { path: '/invoices' }],
    ['method', { method: 'DELETE' }],
  ])('refuses the same key with another %s, word for word, and the first response still replays', async (_what, difference) => {
    const handler = counting();
    const { lambda, kinds } = await deploy(form, handler);
    const key = newKey();
    await lambda(request({ key }));
    const refused = await lambda(request({ key, ...difference }));
    expect(refused).toMatchObject({ statusCode: 422, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(refused.body).error).toEqual({
      type: 'idempotency_conflict',
      message: 'This Idempotency-Key has already been used with a different request.',
    });
    expect(await lambda(request({ key }))).toMatchObject({ body: '{"run":1}', headers: { [marker]: 'true' } });
    expect(handler.runs).toBe(1);
    expect(kinds()).toEqual(['claimed', 'completed', 'conflict', 'replayed']);
  });

  it('takes no notice of the query string or the body', async () => {
    const { lambda } = await deploy(form, counting());
    const key = newKey();
    await lambda({ ...request({ key }), queryStringParameters: { a: '1' }, rawQueryString: 'a=1' });
    expect((await lambda(request({ key, body: '{"name":"Other"}' }))).headers).toHaveProperty(marker);
  });

  it('can match the payload too', async () => {
    const { lambda } = await deploy(form, counting(), { fingerprint: 'payload' });
    const key = newKey();
    await lambda(request({ key, body: '{"a":1}' }));
    expect(await lambda(request({ key, body: '{"a":1}' }))).toMatchObject({ statusCode: 201 });
    const asBase64 = { ...request({ key, body: Buffer.from('{"a":1}').toString('base64') }), isBase64Encoded: true };
    expect(await lambda(asBase64)).toMatchObject({ statusCode: 201, headers: { [marker]: 'true' } });
    expect(problemOf(await lambda(request({ key, body: '{"a":2}' })))).toEqual({ status: 422, type: 'idempotency_conflict' });
  });

  it('lets two callers use the same key', async () => {
    const handler = counting();
    const { lambda } = await deploy(form, handler);
    const key = newKey();
    await lambda(request({ key, apiKey: 'caller-a' }));
    expect((await lambda(request({ key, apiKey: 'caller-b' }))).body).toBe('{"run":2}');
    expect((await lambda(request({ key, apiKey: 'caller-a' }))).body).toBe('{"run":1}');
  });

  it('does not join the users of one API key', async () => {
    const { lambda } = await deploy(form, counting());
    const key = newKey();
    const user = (sub: string) => ({ jwt: { claims: { iss: 'https://issuer.example', sub } } });
    await lambda(request({ key, authorizer: user('ann') }));
    expect((await lambda(request({ key, authorizer: user('bob') }))).body).toBe('{"run":2}');
    expect((await lambda(request({ key, authorizer: user('ann') }))).body).toBe('{"run":1}');
  });

  it('never shares a scope silently: a request from nobody is a configuration error', async () => {
    const handler = counting();
    const { lambda, tableName } = await deploy(form, handler);
    await expect(lambda(request({ key: newKey(), apiKey: null }))).rejects.toMatchObject({
      name: 'IdempotencyConfigurationError',
      code: 'no_scope',
    });
    expect(handler.runs).toBe(0);
    expect(await itemsIn(tableName)).toEqual([]);
    expect(await lambda(request({ apiKey: null }))).toMatchObject({ statusCode: 201 });
  });

  it.each([
    ['a Lambda authorizer whose context is its own affair', { lambda: { user: 'ann' } }, "a Lambda authorizer's context"],
    ['a token without a subject', { jwt: { claims: { iss: 'https://issuer.example' } } }, 'a token without "sub"'],
  ])('never shares an API key among users it can not tell apart: %s', async (_what, authorizer, named) => {
    const handler = counting();
    const { lambda, settings } = await deploy(form, handler);
    await expect(lambda(request({ key: newKey(), authorizer }))).rejects.toMatchObject({
      code: 'no_scope',
      message: expect.stringContaining(named),
    });
    expect(handler.runs).toBe(0);
    const scoped = await deploy(form, handler, { ...settings, scope: () => 'ann' });
    expect(await scoped.lambda(request({ key: newKey(), authorizer }))).toMatchObject({ statusCode: 201 });
  });

  it.each([300, 400, 404, 429, 500, 503])('does not store a %i, and frees the key', async statusCode => {
    const handler = counting(run => ({ statusCode: run === 1 ? statusCode : 201, headers: {}, body: `{"run":${run}}` }));
    const { lambda, tableName, kinds } = await deploy(form, handler);
    const key = newKey();
    expect(await lambda(request({ key }))).toMatchObject({ statusCode, body: '{"run":1}' });
    expect(await itemsIn(tableName)).toEqual([]);
    expect(await lambda(request({ key }))).toMatchObject({ statusCode: 201, body: '{"run":2}' });
    expect(kinds()).toEqual(['claimed', 'released', 'claimed', 'completed']);
  });

  it('frees the key when the handler throws, and passes the error on', async () => {
    const handler = counting(run => {
      if (run === 1) throw new Error('no such luck');
      return { statusCode: 201, headers: {}, body: `{"run":${run}}` };
    });
    const { lambda } = await deploy(form, handler);
    const key = newKey();
    await expect(lambda(request({ key }))).rejects.toThrow('no such luck');
    expect(await lambda(request({ key }))).toMatchObject({ statusCode: 201, body: '{"run":2}' });
  });

  it('answers 409 while the first attempt runs, with the time its lease has left, and leaves the attempt alone', async () => {
    const gate = Promise.withResolvers<void>();
    const { lambda, kinds } = await deploy(form, async () => {
      await gate.promise;
      return { statusCode: 201, headers: {}, body: 'first' };
    });
    const key = newKey();
    const first = lambda(request({ key }), { getRemainingTimeInMillis: () => 9_000 });
    await vi.waitFor(() => expect(kinds()).toEqual(['claimed']));
    const second = await lambda(request({ key }));
    expect(problemOf(second)).toEqual({ status: 409, type: 'idempotency_in_progress' });
    expect(Number(second.headers?.['retry-after'])).toBeGreaterThanOrEqual(9);
    expect(Number(second.headers?.['retry-after'])).toBeLessThanOrEqual(10);
    gate.resolve();
    expect(await first).toMatchObject({ body: 'first' });
    expect(await lambda(request({ key }))).toMatchObject({ body: 'first', headers: { [marker]: 'true' } });
  });

  it('waits for the first attempt, and replays its answer', async () => {
    const gate = Promise.withResolvers<void>();
    // The first attempt ends when the repeat has begun to look at its record.
    const client = clientThatTells('GetItemCommand', gate.resolve);
    const handler = async () => {
      await gate.promise;
      return { statusCode: 201, headers: {}, body: 'first' };
    };
    const { lambda, kinds } = await deploy(form, handler, { waitMs: 10_000, client });
    const key = newKey();
    const [first, second] = await Promise.all([lambda(request({ key })), lambda(request({ key }))]);
    const markers = [first, second].map(({ headers }) => headers?.[marker]);
    expect([first.body, second.body]).toEqual(['first', 'first']);
    expect(markers.filter(value => value === 'true')).toHaveLength(1);
    // The repeat may see the response before the first attempt hears that it is stored.
    expect(kinds().sort()).toEqual(['claimed', 'completed', 'replayed', 'waited']);
  });

  describe('when the first attempt died', () => {
    const withDeadAttempt = async (deployed: { tableName: string }, key: string) => {
      const claim = newClaim({
        id: recordId(dialect === 'rest' ? ['api-key-id', 'caller-a'] : ['api-key', 'caller-a'], key),
        fingerprint: requestFingerprint('POST', '/contacts'),
        owner: 'dead',
        attempt: 1,
        now: Date.now() - 30_000,
        leaseMs: 29_999,
        retentionMs: 86_400_000,
      });
      await new DynamoDbStore(newClient(), deployed.tableName).claim(claim, claim.claimedAt, { timeoutMs: 5_000 });
    };

    it('runs again, and tells the handler that it is the second attempt', async () => {
      const attempts: number[] = [];
      const deployed = await deploy(form, async (_event, { idempotency }) => {
        attempts.push(idempotency.attempt);
        return { statusCode: 201, headers: {}, body: 'again' };
      });
      const key = newKey();
      await withDeadAttempt(deployed, key);
      expect(await deployed.lambda(request({ key }))).toMatchObject({ statusCode: 201, body: 'again' });
      expect(await deployed.lambda(request({ key }))).toMatchObject({ headers: { [marker]: 'true' } });
      expect(attempts).toEqual([2]);
      expect(deployed.kinds()).toEqual(['taken_over', 'completed', 'replayed']);
    });

    it('answers that nobody knows, if told to, and goes on saying so', async () => {
      const handler = counting();
      const deployed = await deploy(form, handler, { afterCrash: 'reject' });
      const key = newKey();
      await withDeadAttempt(deployed, key);
      for (const _ of [1, 2]) {
        expect(problemOf(await deployed.lambda(request({ key })))).toEqual({ status: 409, type: 'idempotency_outcome_unknown' });
      }
      expect(handler.runs).toBe(0);
    });

    it('lets one of many repeats take over', async () => {
      const handler = counting();
      const deployed = await deploy(form, handler, { waitMs: 5_000 });
      const key = newKey();
      await withDeadAttempt(deployed, key);
      const responses = await Promise.all(Array.from({ length: 10 }, () => deployed.lambda(request({ key }))));
      expect(handler.runs).toBe(1);
      expect(responses.map(({ body }) => body)).toEqual(Array(10).fill('{"run":1}'));
      expect(responses.filter(({ headers }) => headers?.[marker] === 'true')).toHaveLength(9);
    });
  });

  it('answers 503 when the table can not be asked, and does not run the handler', async () => {
    const handler = counting();
    const { lambda, tableName, events } = await deploy(form, handler);
    await newClient().send(new DeleteTableCommand({ TableName: tableName }));
    const response = await lambda(request({ key: newKey() }));
    expect(problemOf(response)).toEqual({ status: 503, type: 'idempotency_unavailable' });
    expect(response.headers).toMatchObject({ 'retry-after': '1' });
    expect(handler.runs).toBe(0);
    expect(events).toMatchObject([{ kind: 'unavailable', level: 'error', error: { code: 'store_failed' } }]);
  });

  it('runs the handler unprotected when the table can not be asked, if told to', async () => {
    const { lambda, tableName, kinds } = await deploy(form, counting(), { whenStoreFails: 'bypass' });
    await newClient().send(new DeleteTableCommand({ TableName: tableName }));
    const key = newKey();
    expect(await lambda(request({ key }))).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    expect(await lambda(request({ key }))).toMatchObject({ statusCode: 201, body: '{"run":2}' });
    expect(kinds()).toEqual(['unavailable', 'unavailable']);
  });

  it('gives the client its response when it can not be stored, and holds the key', async () => {
    const { lambda, tableName, events } = await deploy(form, async () => {
      await newClient().send(new DeleteTableCommand({ TableName: tableName }));
      return { statusCode: 201, headers: {}, body: 'made' };
    });
    expect(await lambda(request({ key: newKey() }))).toMatchObject({ statusCode: 201, body: 'made' });
    expect(events).toMatchObject([{ kind: 'claimed' }, { kind: 'not_stored', level: 'error', error: { operation: 'complete' } }]);
  });

  it('tells the handler its key and attempt, and that there is none', async () => {
    const seen: unknown[] = [];
    const { lambda } = await deploy(form, async (_event, { idempotency }) => {
      seen.push({ ...idempotency });
      return { statusCode: 200, headers: {}, body: '' };
    });
    await lambda(request({ key: '"a-key"' }));
    await lambda(request());
    await lambda(request({ method: 'GET', key: 'ignored' }));
    expect(seen).toMatchObject([
      { key: 'a-key', attempt: 1 },
      { key: undefined, attempt: 1 },
      { key: undefined, attempt: 1 },
    ]);
  });

  it('reads the request before the handler changes it', async () => {
    const { lambda } = await deploy(
      form,
      async (event: { headers: object; body: unknown; httpMethod?: string; path?: string; rawPath?: string }) => {
        Object.assign(event, {
          headers: {},
          multiValueHeaders: {},
          body: 'changed',
          httpMethod: 'PUT',
          path: '/changed',
          rawPath: '/changed',
          requestContext: {},
        });
        return { statusCode: 201, headers: {}, body: 'first' };
      },
    );
    const key = newKey();
    await lambda(request({ key }));
    expect(await lambda(request({ key }))).toMatchObject({ body: 'first', headers: { [marker]: 'true' } });
  });

  it('is asked about a 2xx only, whether to store it', async () => {
    const asked: number[] = [];
    const handler = counting(run => ({ statusCode: run === 1 ? 404 : 202, headers: {}, body: `{"run":${run}}` }));
    const { lambda, tableName } = await deploy(form, handler, {
      shouldStore: ({ statusCode }) => {
        asked.push(statusCode);
        return statusCode !== 202;
      },
    });
    const key = newKey();
    await lambda(request({ key }));
    await lambda(request({ key }));
    expect(asked).toEqual([202]);
    expect(await itemsIn(tableName)).toEqual([]);
  });

  it('stands an observer that throws, rejects or never finishes', async () => {
    for (const onEvent of [
      () => {
        throw new Error('observer');
      },
      () => Promise.reject(new Error('observer')),
      () => new Promise(() => {}),
    ]) {
      const { lambda } = await deploy(form, counting(), { onEvent });
      const key = newKey();
      await lambda(request({ key }));
      expect((await lambda(request({ key }))).headers).toHaveProperty(marker);
    }
  });

  it('refuses durable executions before the claim', async () => {
    const handler = counting();
    const { lambda, tableName } = await deploy(form, handler);
    const durable = { lambdaContext: {}, executionContext: {} } as never;
    await expect(lambda(request({ key: newKey() }), durable)).rejects.toMatchObject({ code: 'unsupported_context' });
    expect(handler.runs).toBe(0);
    expect(await itemsIn(tableName)).toEqual([]);
  });
});

describe.each(formNames)('%s', form => {
  it.each([
    ['a promise', async () => true, 'got object'],
    ['a promise that fails', () => Promise.reject(new Error('x')), 'got object'],
    ['nothing', () => undefined, 'got undefined'],
    ['a number', () => 1, 'got number'],
  ])('reports a shouldStore that returns %s, stores nothing, and holds the key', async (_what, shouldStore, got) => {
    const { lambda, events } = await deploy(form, counting(), { shouldStore: shouldStore as never });
    const key = newKey();
    expect(await lambda(requestOf({ key }))).toMatchObject({ statusCode: 201 });
    expect(problemOf(await lambda(requestOf({ key })))).toEqual({ status: 409, type: 'idempotency_in_progress' });
    const error = { code: 'invalid_option', message: expect.stringContaining(got) };
    expect(events).toMatchObject([{ kind: 'claimed' }, { kind: 'not_stored', level: 'error', error }, { kind: 'in_progress' }]);
    const committing = await deploy(form, (_event, { idempotency }) => idempotency.commit({ statusCode: 201 }, []), {
      shouldStore: shouldStore as never,
    });
    await expect(committing.lambda(requestOf({ key }))).rejects.toMatchObject(error);
    expect(committing.kinds()).toEqual(['claimed', 'released']);
  });

  it('replays nothing of a cookie, in either dialect', async () => {
    const { lambda } = await deploy(
      form,
      counting(() => ({ statusCode: 200, headers: { 'Set-Cookie': 'a=1' }, cookies: ['b=2'], body: 'x' })),
    );
    for (const dialect of dialects) {
      const key = newKey();
      expect(await lambda(requestOf({ dialect, key }))).toMatchObject({ headers: { 'Set-Cookie': 'a=1' }, cookies: ['b=2'] });
      const replayed = await lambda(requestOf({ dialect, key }));
      expect(JSON.stringify(replayed)).not.toMatch(/cookie|a=1|b=2/i);
    }
  });

  it.each([
    ['a streamed body', () => ({ statusCode: 200, headers: {}, body: Readable.from(['x']) }), 'rest'],
    ['a bare stream', () => Readable.from(['x']), 'http-api'],
  ] as const)('hands on %s, which it can not store, and holds the key', async (_what, respond, dialect) => {
    const { lambda, events } = await deploy(form, counting(respond));
    const request = requestOf({ dialect, key: newKey() });
    const response: unknown = await lambda(request);
    expect(response instanceof Readable || (response as { body: unknown }).body instanceof Readable).toBe(true);
    expect(problemOf(await lambda(request))).toEqual({ status: 409, type: 'idempotency_in_progress' });
    expect(events).toMatchObject([
      { kind: 'claimed' },
      { kind: 'not_stored', level: 'error', reason: expect.stringContaining('stream') },
      { kind: 'in_progress' },
    ]);
  });

  it('replays a bare object of payload 2.0 as the response API Gateway made of it', async () => {
    const { lambda } = await deploy(
      form,
      counting(run => ({ run })),
    );
    const request = requestOf({ dialect: 'http-api', key: newKey() });
    expect(await lambda(request)).toEqual({ run: 1 });
    expect(await lambda(request)).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', [marker]: 'true' },
      body: '{"run":1}',
    });
  });

  const refuse = () => {
    throw new Error('not to be read');
  };
  it.each([
    ['an error that was returned, not thrown', () => new Error('x'), 'the response is not plain data'],
    ['a response with a member that throws', () => Object.defineProperty({}, 'statusCode', { get: refuse }), 'can not be read'],
  ])('hands on %s, and holds the key', async (_what, respond, reason) => {
    const returned = respond();
    const { lambda, events } = await deploy(
      form,
      counting(() => returned),
    );
    const request = requestOf({ dialect: 'http-api', key: newKey() });
    expect((await lambda(request)) === returned).toBe(true);
    expect(problemOf(await lambda(request))).toEqual({ status: 409, type: 'idempotency_in_progress' });
    expect(events).toMatchObject([{ kind: 'claimed' }, { kind: 'not_stored', reason: expect.stringContaining(reason) }, {}]);
  });

  it('does not take a bare object for a response elsewhere', async () => {
    const handler = counting(run => ({ run }));
    const { lambda } = await deploy(form, handler);
    const request = requestOf({ key: newKey() });
    await lambda(request);
    await lambda(request);
    expect(handler.runs).toBe(2);
  });

  it('answers a load balancer with multi-value headers in multi-value headers', async () => {
    const { lambda } = await deploy(
      form,
      counting(() => ({ statusCode: 201, statusDescription: '201 Created', multiValueHeaders: { 'X-A': ['1', '2'] }, body: 'x' })),
    );
    const key = newKey();
    await lambda(requestOf({ dialect: 'alb-multi-value', key }));
    expect(await lambda(requestOf({ dialect: 'alb-multi-value', key }))).toEqual({
      statusCode: 201,
      statusDescription: '201 Created',
      multiValueHeaders: { 'X-A': ['1', '2'], [marker]: ['true'] },
      body: 'x',
    });
    const conflict = await lambda(requestOf({ dialect: 'alb-multi-value', key, path: '/other' }));
    expect(conflict).toMatchObject({ statusCode: 422, multiValueHeaders: { 'content-type': ['application/problem+json'] } });
    expect(await lambda(requestOf({ dialect: 'alb', key, path: '/other' }))).toMatchObject({
      statusCode: 422,
      headers: { 'content-type': 'application/problem+json' },
    });
  });

  it('takes the key from elsewhere, and checks it all the same', async () => {
    const { lambda } = await deploy(form, counting(), { key: (event: { body: string }) => JSON.parse(event.body).requestId });
    const request = (requestId: unknown) => requestOf({ body: JSON.stringify({ requestId }), key: 'ignored' });
    await lambda(request('r-1'));
    expect((await lambda(request('r-1'))).headers).toHaveProperty(marker);
    expect((await lambda(request('r-2'))).headers).not.toHaveProperty(marker);
    expect((await lambda(request(undefined))).headers).not.toHaveProperty(marker);
    expect(problemOf(await lambda(request('a,b')))).toEqual({ status: 400, type: 'idempotency_key_invalid' });
    expect(problemOf(await lambda(request(5)))).toEqual({ status: 400, type: 'idempotency_key_invalid' });
    expect(problemOf(await lambda(request(null)))).toEqual({ status: 400, type: 'idempotency_key_invalid' });
  });

  it('takes the caller from elsewhere, and accepts no caller without a name', async () => {
    const { lambda } = await deploy(form, counting(), { scope: (event: { tenant?: string }) => event.tenant ?? '' });
    const key = newKey();
    const request = (tenant?: string) => ({ ...requestOf({ key, apiKey: null }), tenant });
    await lambda(request('a'));
    expect((await lambda(request('b'))).headers).not.toHaveProperty(marker);
    expect((await lambda(request('a'))).headers).toHaveProperty(marker);
    await expect(lambda(request())).rejects.toMatchObject({ code: 'no_scope' });
  });

  it('lets a function decide what a key stands for', async () => {
    const { lambda } = await deploy(form, counting(), { fingerprint: (event: { body: string }) => event.body });
    const key = newKey();
    await lambda(requestOf({ key, path: '/a', body: 'same' }));
    expect(await lambda(requestOf({ key, path: '/b', body: 'same' }))).toMatchObject({ headers: { [marker]: 'true' } });
    expect(problemOf(await lambda(requestOf({ key, path: '/a', body: 'other' })))).toMatchObject({ status: 422 });
  });

  it('honours another header name and other methods', async () => {
    const { lambda } = await deploy(form, counting(), { headerName: 'X-Request-Id', methods: ['post'] });
    const event = { httpMethod: 'POST', path: '/a', headers: { 'x-request-ID': 'r-1', 'x-api-key': 'a' } };
    await lambda({ ...event });
    expect((await lambda({ ...event })).headers).toHaveProperty(marker);
    expect((await lambda({ ...event, httpMethod: 'PUT' })).headers).not.toHaveProperty(marker);
  });

  it('refuses an event that is no HTTP request', async () => {
    const { lambda } = await deploy(form, counting());
    await expect(lambda({ Records: [] })).rejects.toMatchObject({ code: 'unsupported_event' });
  });
});
