/** One call's way: attempts, pauses, deadline, abort, and what becomes of the key. */
import { describe, expect, it } from 'vitest';
import { createIdempotentFetch } from '../../lib/client/index.ts';
import { Gate } from '../support/fault-proxy.ts';
import { network, sentKeys, startEachTestAfresh, storage, world } from './afresh.ts';
import type { NetworkFault } from './faulty-network.ts';
import { onlyItem, startOfTime } from './world.ts';

startEachTestAfresh();

const post = { method: 'POST', body: '{"name":"ACME Corp"}' } as const;
const url = () => `${network.url}/contacts`;
const problem = (status: number, type: string, headers: Record<string, string> = {}): NetworkFault => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { type: 'about:blank', status, error: { type, message: 'In words.' } },
});
const inProgress = problem(409, 'idempotency_in_progress');
const lost: NetworkFault = { kind: 'lost-before' };

describe('an operation that goes well', () => {
  it('is sent once, with a UUID for its key', async () => {
    const { response, ...rest } = await world.client()(url(), post);
    expect(await response.json()).toEqual({ id: '42' });
    expect(response).toMatchObject({ status: 201, ok: true, url: url(), redirected: false, type: 'basic' });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(rest).toEqual({
      replayed: false,
      attempts: 1,
      key: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
    });
    expect(network.requests).toMatchObject([{ method: 'POST', path: '/contacts', key: rest.key, body: Buffer.from(post.body) }]);
    expect(network.requests[0]?.headers['content-type']).toBe('text/plain;charset=UTF-8');
  });

  it('says when its answer is a replay', async () => {
    network.inject({ kind: 'answer', status: 200, headers: { 'idempotent-replayed': 'true' } });
    expect(await world.client()(url(), post)).toMatchObject({ replayed: true, attempts: 1 });
  });

  it('has another key the next time, without a name and, once settled, with one', async () => {
    const idempotentFetch = world.client();
    for (const operation of [undefined, undefined, 'create', 'create'])
      await idempotentFetch(url(), { ...post, ...(operation && { operation }) });
    expect(sentKeys().size).toBe(4);
  });

  it('takes the method in any case, and the name of the header field as it was configured', async () => {
    await world.client({ headerName: 'X-Request-Id' })(url(), { ...post, method: 'patch' as never });
    expect(network.requests[0]).toMatchObject({ method: 'PATCH', headers: { 'x-request-id': expect.any(String) } });
  });

  it('keeps the caller’s header fields and content type', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Api-Key': 'mine' };
    await world.client()(new URL(url()), { ...post, headers });
    expect(network.requests[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-api-key': 'mine' });
  });

  it.each([204, 205])('may have no body (%i)', async status => {
    network.inject({ kind: 'answer', status });
    const { response } = await world.client()(url(), { method: 'DELETE' });
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it('is redirected as fetch is, and its answer says so', async () => {
    network.inject({ kind: 'answer', status: 307, headers: { location: '/elsewhere' } });
    const { response } = await world.client()(url(), post);
    expect([response.redirected, response.url]).toEqual([true, `${network.url}/elsewhere`]);
    network.inject({ kind: 'answer', status: 307, headers: { location: '/elsewhere' } });
    expect((await world.client({ storage })(url(), { ...post, operation: 'create', redirect: 'manual' })).response.status).toBe(307);
    expect(storage.items.size).toBe(0);
  });

  it('may be answered with a redirect that a page is not shown', async () => {
    const hidden = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' });
    expect((await world.client({ fetch: async () => hidden })(url(), post)).response).toBe(hidden);
  });

  it('has an answer that no later timeout or abort can take away', async () => {
    const controller = new AbortController();
    const { response } = await world.client()(url(), { ...post, signal: controller.signal });
    for (const { runOut } of world.timeouts) runOut();
    controller.abort();
    expect(await response.json()).toEqual({ id: '42' });
  });
});

describe('an attempt without a definite answer', () => {
  const faults: readonly [string, NetworkFault][] = [
    ['reset before the request was read', lost],
    ['reset after the effect', { kind: 'lost-after' }],
    ['cut off before its Content-Length', { kind: 'cut', framing: 'length' }],
    ['cut off before its last chunk', { kind: 'cut', framing: 'chunks' }],
    ['answered 429', { kind: 'answer', status: 429 }],
    ['answered 500', { kind: 'answer', status: 500 }],
    ['answered 503', { kind: 'answer', status: 503 }],
    ['answered "in progress"', inProgress],
  ];
  it.each(faults)('%s, is repeated with the same key and body', async (_what, fault) => {
    network.inject(fault, fault);
    const { response, attempts, key } = await world.client({ storage })(url(), { ...post, operation: 'create' });
    expect([response.status, attempts]).toEqual([201, 3]);
    expect(network.requests.map(({ key, body }) => [key, body.toString()])).toEqual(Array(3).fill([key, post.body]));
    expect(storage.items.size).toBe(0);
  });

  it('is one that is too slow', async () => {
    const gate = new Gate();
    network.inject({ kind: 'hold', gate });
    const call = world.client({ attemptTimeoutMs: 5_000 })(url(), post);
    await gate.reached;
    world.runOut(5_000);
    expect(await call).toMatchObject({ attempts: 2 });
    gate.open();
  });

  it('is one whose fetch ignores its signal, which it is given all the same', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const deaf = (_url: string, { signal }: RequestInit) =>
      signals.push(signal) === 1 ? new Promise<Response>(() => {}) : Promise.resolve(new Response('late'));
    const call = world.client({ fetch: deaf, attemptTimeoutMs: 5_000 })(url(), post);
    await expect.poll(() => signals.length).toBe(1);
    world.runOut(5_000);
    expect(await call).toMatchObject({ attempts: 2 });
    expect(signals.map(signal => signal?.aborted)).toEqual([true, false]);
  });
});

describe('pauses', () => {
  it.each([0, 0.5, 0.999])('grow to twice their length, to 10 s at most, and are anything from nothing to that: %d of it', async chance => {
    world.chance = chance;
    network.inject(...Array(8).fill(lost));
    await world.client()(url(), post);
    expect(world.pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000].map(most => most * chance));
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(startOfTime + 9_000).toUTCString(), 9_000],
  ])('are never shorter than Retry-After asks in %s', async (_form, value, least) => {
    network.inject({ kind: 'answer', status: 429, headers: { 'retry-after': value } });
    await world.client()(url(), post);
    expect(world.pauses).toEqual([least + 125]);
  });

  it('honour it for 409 and 503 as well', async () => {
    network.inject(problem(409, 'idempotency_in_progress', { 'retry-after': '3' }), {
      kind: 'answer',
      status: 503,
      headers: { 'retry-after': '4' },
    });
    await world.client()(url(), post);
    expect(world.pauses).toEqual([3_125, 4_250]);
  });
});

describe('an answer that a repeat would not change', () => {
  it.each([
    [400, 'idempotency_key_invalid'],
    [401, 'unauthorized'],
    [404, 'contact_not_found'],
    [409, 'email_taken'],
    [422, 'validation_failed'],
  ])('is returned: %i %s', async (status, type) => {
    network.inject(problem(status, type));
    const { response, attempts } = await world.client({ storage })(url(), { ...post, operation: 'create' });
    expect([response.status, attempts, await response.json()]).toMatchObject([status, 1, { error: { type } }]);
    expect(storage.items.size).toBe(0);
  });

  it.each([
    ['no JSON', 'Conflict', {}],
    ['no problem', '[]', {}],
    ['null', 'null', {}],
    ['an error that is none', '{"error":"idempotency_in_progress"}', {}],
    ['a type of the wrong kind', '{"error":{"type":["idempotency_in_progress"]}}', {}],
    ['nothing', '', {}],
  ])('is a 409 with %s', async (_what, body) => {
    network.inject({ kind: 'answer', status: 409, body });
    const { response, attempts } = await world.client()(url(), post);
    expect([response.status, attempts, await response.text()]).toEqual([409, 1, body]);
  });

  it('is a conflict, which is an error of its own', async () => {
    network.inject(problem(422, 'idempotency_conflict'));
    const error = await world
      .client({ storage })(url(), { ...post, operation: 'create' })
      .catch(error => error);
    expect(error).toMatchObject({
      name: 'IdempotencyConflictError',
      code: 'idempotency_conflict',
      attempts: 1,
      key: network.requests[0]?.key,
    });
    expect(await error.response.json()).toMatchObject({ error: { type: 'idempotency_conflict' } });
    expect(storage.items.size).toBe(0);
  });

  it('is an unknown outcome, which is an error of its own, and keeps the key', async () => {
    network.inject(problem(409, 'idempotency_outcome_unknown'), problem(409, 'idempotency_outcome_unknown'));
    const idempotentFetch = world.client({ storage });
    const call = () => idempotentFetch(url(), { ...post, operation: 'create' });
    await expect(call()).rejects.toMatchObject({
      name: 'IdempotencyOutcomeUnknownError',
      code: 'idempotency_outcome_unknown',
      attempts: 1,
    });
    await expect(call()).rejects.toMatchObject({ code: 'idempotency_outcome_unknown' });
    expect(sentKeys().size).toBe(1);
    await idempotentFetch.forget('create');
    expect(await call()).toMatchObject({ attempts: 1 });
    expect(sentKeys().size).toBe(2);
  });
});

describe('a refusal at the door, after an attempt that may have happened', () => {
  const refusals: readonly [string, NetworkFault][] = [
    ['401', { kind: 'answer', status: 401 }],
    ['403', { kind: 'answer', status: 403 }],
    ['a conflict', problem(422, 'idempotency_conflict')],
  ];
  it.each(refusals)('keeps the key: %s', async (_what, refusal) => {
    network.inject({ kind: 'lost-after' }, refusal);
    await world
      .client({ storage })(url(), { ...post, operation: 'pay' })
      .catch(() => {});
    expect(onlyItem(storage).key).toBe(network.requests[0]?.key);
    network.inject(refusal);
    await world
      .client({ storage })(url(), { ...post, operation: 'pay' })
      .catch(() => {});
    expect(storage.items.size).toBe(1);
    network.inject({ kind: 'lost-after' }, { kind: 'answer', status: 429 }, refusal);
    await world
      .client({ storage })(url(), { ...post, operation: 'pay' })
      .catch(() => {});
    expect(storage.items.size).toBe(1);
    await world.client({ storage })(url(), { ...post, operation: 'pay' });
    expect(sentKeys().size).toBe(1);
    expect(storage.items.size).toBe(0);
  });

  it('does not keep it when the attempt before was only turned away (429)', async () => {
    network.inject({ kind: 'answer', status: 429 }, { kind: 'answer', status: 401 });
    await world.client({ storage })(url(), { ...post, operation: 'pay' });
    expect(storage.items.size).toBe(0);
  });
});

describe('the deadline', () => {
  it('ends the attempts before a pause that would pass it, and keeps the key', async () => {
    network.inject(...Array(20).fill({ kind: 'answer', status: 503, body: 'Busy' }));
    const error = await world
      .client({ storage, deadlineMs: 10_000 })(url(), { ...post, operation: 'pay' })
      .catch(error => error);
    // 125 + 250 + 500 + 1000 + 2000 + 4000 = 7875; the next pause would be 5000.
    expect(error).toMatchObject({
      name: 'IdempotentFetchDeadlineError',
      code: 'deadline_exceeded',
      attempts: 7,
      key: onlyItem(storage).key,
    });
    expect(error.message).toBe('no definite answer within 10000 ms (attempts: 7; the last answer was 503)');
    expect([error.response.status, await error.response.text()]).toEqual([503, 'Busy']);
  });

  it('leaves no room for an attempt at its very end', async () => {
    network.inject(lost, lost);
    await expect(world.client({ deadlineMs: 125 })(url(), post)).rejects.toMatchObject({ attempts: 1 });
    expect(await world.client({ deadlineMs: 126 })(url(), post)).toMatchObject({ attempts: 2 });
  });

  it('is not waited for when Retry-After is later', async () => {
    network.inject({ kind: 'answer', status: 503, headers: { 'retry-after': '60' } });
    await expect(world.client()(url(), post)).rejects.toMatchObject({ code: 'deadline_exceeded', attempts: 1 });
    expect(world.pauses).toEqual([]);
  });

  it('bounds an attempt', async () => {
    const gate = new Gate();
    network.inject({ kind: 'hold', gate });
    const call = world.client({ storage, deadlineMs: 20_000 })(url(), { ...post, operation: 'pay' });
    await gate.reached;
    world.runOut(20_000);
    const error = await call.catch(error => error);
    gate.open();
    expect(error).toMatchObject({ code: 'deadline_exceeded', attempts: 1, response: undefined, cause: { name: 'TimeoutError' } });
    expect(storage.items.size).toBe(1);
    expect(await world.client({ storage })(url(), { ...post, operation: 'pay' })).toMatchObject({ key: error.key });
  });

  it('bounds a pause', async () => {
    network.inject(lost);
    world.onPause = () => world.runOut(60_000);
    await expect(world.client()(url(), post)).rejects.toMatchObject({
      code: 'deadline_exceeded',
      attempts: 1,
      cause: { name: 'TypeError' },
    });
  });

  it.each(['getItem', 'setItem'])('bounds a storage that never answers %s', async method => {
    const reached = Promise.withResolvers<void>();
    const hang = () => {
      reached.resolve();
      return new Promise<never>(() => {});
    };
    const stuck = { ...storage, [method]: hang };
    const call = world.client({ storage: stuck })(url(), { ...post, operation: `stuck in ${method}` });
    await reached.promise;
    world.runOut(60_000);
    await expect(call).rejects.toMatchObject({ code: 'deadline_exceeded', attempts: 0, key: undefined });
    expect(network.requests).toEqual([]);
  });
});

describe('the caller’s signal', () => {
  it('aborted beforehand, stores and sends nothing', async () => {
    for (const operation of ['pay', undefined]) {
      const call = world.client({ storage })(url(), {
        ...post,
        ...(operation && { operation }),
        signal: AbortSignal.abort('changed my mind'),
      });
      await expect(call).rejects.toBe('changed my mind');
    }
    expect([storage.items.size, network.requests.length]).toEqual([0, 0]);
  });

  it('ends an attempt, with its own reason, and keeps the key', async () => {
    const gate = new Gate();
    network.inject({ kind: 'hold', gate });
    const controller = new AbortController();
    const call = world.client({ storage })(url(), { ...post, operation: 'pay', signal: controller.signal });
    await gate.reached;
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    gate.open();
    const { key } = onlyItem(storage);
    expect(await world.client({ storage })(url(), { ...post, operation: 'pay' })).toMatchObject({ key });
  });

  it('is the reason also when the time is up', async () => {
    const controller = new AbortController();
    const fetch = async () => {
      world.time += 59_999;
      controller.abort('enough');
      throw new TypeError('lost');
    };
    await expect(world.client({ fetch })(url(), { ...post, signal: controller.signal })).rejects.toBe('enough');
  });

  it('ends a pause', async () => {
    network.inject(lost);
    const controller = new AbortController();
    world.onPause = () => controller.abort('enough');
    await expect(world.client()(url(), { ...post, signal: controller.signal })).rejects.toBe('enough');
    expect(network.requests).toHaveLength(1);
  });
});

describe('with the system’s own clock', () => {
  it('pauses, tries again and answers', async () => {
    network.inject(lost);
    expect(await createIdempotentFetch()(url(), post)).toMatchObject({ attempts: 2 });
  });
});
