/** Named operations: a key that outlives the call, in a storage that may be shared, late, broken or tampered with. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KeyStorage } from '../../lib/client/index.ts';
import { network, sentKeys, startEachTestAfresh, storage, world } from './afresh.ts';
import { onlyItem, startOfTime } from './world.ts';

startEachTestAfresh();
afterEach(() => {
  vi.unstubAllGlobals();
});

const pay = { method: 'POST', body: '{"amount":100}', operation: 'pay' } as const;
const url = () => `${network.url}/payments`;

/** Every call to it takes a turn of the event loop. */
function later(storage: KeyStorage): KeyStorage {
  const after = async <T>(work: () => T | Promise<T>) => {
    await new Promise(resolve => setImmediate(resolve));
    return work();
  };
  return {
    getItem: name => after(() => storage.getItem(name)),
    setItem: (name, value) => after(() => storage.setItem(name, value)),
    removeItem: name => after(() => storage.removeItem(name)),
  };
}

/** Resolves for all when as many have come. */
function meetingOf(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let present = 0;
  return () => {
    if (++present === count) resolve();
    return promise;
  };
}

/** Begins the operation and stops before it settles: the page is closed while the only attempt's answer is on its way. */
async function begun(init = pay, options = {}): Promise<string> {
  network.inject({ kind: 'lost-after' });
  const controller = new AbortController();
  world.onPause = () => controller.abort();
  await expect(world.client({ storage, ...options })(url(), { ...init, signal: controller.signal })).rejects.toThrow();
  world.onPause = () => {};
  return onlyItem(storage).key;
}

describe('the key of a named operation', () => {
  it('is stored before anything is sent, with no word of the request', async () => {
    let stored: string[] = [];
    const fetch = async () => {
      stored = [...storage.items].flat();
      return new Response();
    };
    const { key } = await world.client({ storage, fetch })(url(), pay);
    expect(stored[0]).toBe('idempotency-key:pay');
    expect(JSON.parse(stored[1] ?? '')).toEqual({ key, request: expect.stringMatching(/^[\da-f]{16}$/), startedAt: startOfTime });
  });

  it('is found again after a reload, and gone once the operation has settled', async () => {
    const key = await begun();
    expect(await world.client({ storage })(url(), pay)).toMatchObject({ key, attempts: 1 });
    expect(sentKeys()).toEqual(new Set([key]));
    expect(storage.items.size).toBe(0);
  });

  it('is found again in a storage that takes its time', async () => {
    const key = await begun();
    expect(await world.client({ storage: later(storage) })(url(), pay)).toMatchObject({ key });
    expect(storage.items.size).toBe(0);
  });

  it('is found again by the next call when it is only in memory, and by no other client', async () => {
    const idempotentFetch = world.client({ deadlineMs: 1 });
    network.inject({ kind: 'lost-after' });
    const { key } = await idempotentFetch(url(), pay).catch(error => error);
    expect(await world.client()(url(), pay)).not.toMatchObject({ key });
    expect(await idempotentFetch(url(), pay)).toMatchObject({ key });
  });

  it('is of this operation alone', async () => {
    const key = await begun();
    expect((await world.client({ storage })(url(), { ...pay, operation: 'pay more' })).key).not.toBe(key);
    expect(onlyItem(storage).key).toBe(key);
  });

  it.each(['__proto__', 'length', 'ä€😀', '\ud800', 'x'.repeat(10_000)])('has room for an operation of the name %j', async operation => {
    expect(await world.client({ storage })(url(), { ...pay, operation })).toMatchObject({ attempts: 1 });
    expect(storage.items.size).toBe(0);
  });
});

describe('an operation that was begun', () => {
  it.each([
    ['method', { method: 'PUT' }],
    ['body', { body: '{"amount":101}' }],
    ['missing body', { body: null }],
  ])('is refused with another %s, before anything is sent', async (_what, change) => {
    const key = await begun();
    const call = world.client({ storage })(url(), { ...pay, ...change } as typeof pay);
    await expect(call).rejects.toMatchObject({ name: 'IdempotentOperationError', code: 'operation_changed', operation: 'pay' });
    expect(network.requests).toHaveLength(1);
    expect(onlyItem(storage).key).toBe(key);
  });

  it('is refused with another URL', async () => {
    await begun();
    await expect(world.client({ storage })(`${url()}?to=else`, pay)).rejects.toMatchObject({ code: 'operation_changed' });
  });

  it('does not mind other header fields: a new log-in is no new operation', async () => {
    const key = await begun();
    expect(await world.client({ storage })(url(), { ...pay, headers: { authorization: 'Bearer new' } })).toMatchObject({ key });
  });

  it('is not sent once the API may have forgotten its key, to the millisecond', async () => {
    const key = await begun();
    const { startedAt } = onlyItem(storage);
    world.time = startedAt + 86_400_000;
    await expect(world.client({ storage })(url(), pay)).rejects.toMatchObject({ code: 'operation_expired', operation: 'pay' });
    expect(network.requests).toHaveLength(1);
    world.time -= 1;
    expect(await world.client({ storage })(url(), pay)).toMatchObject({ key });
  });

  it('expires as the API was configured', async () => {
    await begun();
    world.time += 60_000;
    await expect(world.client({ storage, expiresInSeconds: 60 })(url(), pay)).rejects.toMatchObject({ code: 'operation_expired' });
  });

  it('is a new one after it was forgotten', async () => {
    const key = await begun();
    const idempotentFetch = world.client({ storage });
    await idempotentFetch.forget('pay');
    expect((await idempotentFetch(url(), { ...pay, body: '{"amount":101}' })).key).not.toBe(key);
  });
});

describe('the same operation at once', () => {
  const locks = [
    ['with Web Locks', {}],
    ['without', { navigator: undefined }],
  ] as const;

  it.each(locks)('in eight calls has one key, %s', async (_where, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    // Each reads at once and hears of it after its predecessor has written and read back: without a turn of its own, it writes too.
    let reads = 0;
    const getItem = async (name: string) => {
      const found = storage.getItem(name);
      const turns = found === null ? 5 * reads++ : 0;
      for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve));
      return found;
    };
    const shared = { ...storage, getItem };
    const results = await Promise.all(Array.from({ length: 8 }, () => world.client({ storage: shared })(url(), pay)));
    expect(network.requests).toHaveLength(8);
    expect(new Set(results.map(({ key }) => key)).size).toBe(1);
    expect(storage.items.size).toBe(0);
  });

  it.each(locks)('is not held up by one that failed, %s', async (_where, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const failing = { ...storage, getItem: () => Promise.reject(new Error('out of order')) };
    const [failed, done] = await Promise.allSettled([
      world.client({ storage: failing })(url(), pay),
      world.client({ storage })(url(), pay),
    ]);
    expect([failed.status, done.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('in two tabs that no lock joins has the key of whoever wrote last', async () => {
    vi.stubGlobal('navigator', undefined);
    // Both find nothing before either writes, and both have written before either reads back.
    const bothRead = meetingOf(2);
    const bothWrote = meetingOf(2);
    const tab = () => {
      let reads = 0;
      return {
        ...storage,
        getItem: async (name: string) => {
          const found = storage.getItem(name);
          if (reads++ === 0) await bothRead();
          return found;
        },
        setItem: async (name: string, value: string) => {
          storage.setItem(name, value);
          await bothWrote();
        },
      };
    };
    // A tab has modules of its own.
    vi.resetModules();
    const { createIdempotentFetch } = await import('../../lib/client/index.ts');
    const [one, other] = await Promise.all([
      world.client({ storage: tab() })(url(), pay),
      createIdempotentFetch({ storage: tab() })(url(), pay),
    ]);
    expect(one.key).toBe(other.key);
    expect(sentKeys()).toEqual(new Set([one.key]));
  });

  it('settles without taking the key of the next one away', async () => {
    const next = JSON.stringify({ key: 'the-next-one', request: '0', startedAt: startOfTime });
    const fetch = async () => {
      // Another tab got the answer, settled the operation and has begun it again.
      storage.setItem('idempotency-key:pay', next);
      return new Response();
    };
    await world.client({ storage, fetch })(url(), pay);
    expect([...storage.items.values()]).toEqual([next]);
  });
});

describe('a storage', () => {
  const broken = () => {
    throw new Error('quota exceeded');
  };
  it.each([
    ['throws on getItem', { getItem: broken }],
    ['throws on setItem', { setItem: broken }],
    ['rejects getItem', { getItem: async () => broken() }],
    ['rejects setItem', { setItem: async () => broken() }],
  ])('that %s stops the call before anything is sent', async (_what, failure) => {
    const error = await world
      .client({ storage: { ...storage, ...failure } })(url(), pay)
      .catch(error => error);
    expect(error).toMatchObject({ name: 'IdempotentFetchStorageError', code: 'storage_failed', cause: { message: 'quota exceeded' } });
    expect(network.requests).toEqual([]);
  });

  it('that keeps nothing stops the call before anything is sent', async () => {
    const call = world.client({ storage: { ...storage, setItem: () => {} } })(url(), pay);
    await expect(call).rejects.toMatchObject({ code: 'storage_failed', message: 'the storage did not keep the key' });
    expect(network.requests).toEqual([]);
  });

  it.each([
    ['throws', broken],
    ['rejects', async () => broken()],
  ])('that %s on removeItem does not cost the caller the answer', async (_what, removeItem) => {
    const { response, key } = await world.client({ storage: { ...storage, removeItem } })(url(), pay);
    expect(response.status).toBe(201);
    expect(onlyItem(storage).key).toBe(key);
  });

  it('that never answers removeItem holds the answer no longer than the deadline', async () => {
    const reached = Promise.withResolvers<void>();
    const removeItem = () => {
      reached.resolve();
      return new Promise<never>(() => {});
    };
    const call = world.client({ storage: { ...storage, removeItem } })(url(), { ...pay, operation: 'stuck in removeItem' });
    await reached.promise;
    world.runOut(60_000);
    expect((await call).response.status).toBe(201);
  });

  it('is not touched for an operation without a name', async () => {
    const untouchable = { getItem: broken, setItem: broken, removeItem: broken };
    const { operation: _, ...nameless } = pay;
    expect(await world.client({ storage: untouchable })(url(), nameless)).toMatchObject({ attempts: 1 });
  });

  // The request of these is the one that is made below: only what is wrong with them stands in its way.
  const good = { key: 'k', request: 'REQUEST', startedAt: startOfTime };
  it.each([
    '',
    'null',
    '[]',
    '{"key":',
    '"k"',
    JSON.stringify({ ...good, key: undefined }),
    JSON.stringify({ ...good, key: '' }),
    JSON.stringify({ ...good, key: 'k\r\nX-Admin: 1' }),
    JSON.stringify({ ...good, key: 'k'.repeat(256) }),
    JSON.stringify({ ...good, request: 5 }),
    JSON.stringify({ ...good, startedAt: 'yesterday' }),
  ])('that holds %j is not trusted: nothing is sent until the operation is forgotten', async held => {
    await begun();
    network.reset();
    storage.items.set('idempotency-key:pay', held.replace('REQUEST', onlyItem(storage).request));
    const idempotentFetch = world.client({ storage });
    await expect(idempotentFetch(url(), pay)).rejects.toMatchObject({ code: 'unreadable_record' });
    expect(network.requests).toEqual([]);
    await idempotentFetch.forget('pay');
    expect(await idempotentFetch(url(), pay)).toMatchObject({ attempts: 1 });
  });

  it('that throws on removeItem says so to who wants to forget', async () => {
    await expect(world.client({ storage: { ...storage, removeItem: broken } }).forget('pay')).rejects.toMatchObject({
      code: 'storage_failed',
    });
  });
});
