/** The client and the contacts API, with a network in between that can't be trusted: one operation, one contact. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Gate } from '../support/fault-proxy.ts';
import { acme, contactsPath, startApi } from '../support/local-api.ts';
import { type FaultyNetwork, type NetworkFault, startFaultyNetwork } from './faulty-network.ts';
import { testStorage, World } from './world.ts';

let api: Awaited<ReturnType<typeof startApi>>;
let network: FaultyNetwork;
let world: World;
let storage: ReturnType<typeof testStorage>;
let name: string;
let operations = 0;

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  api = await startApi();
  network = await startFaultyNetwork(api.url);
});
afterAll(async () => {
  await network.stop();
  await api.stop();
});
beforeEach(() => {
  world = new World();
  storage = testStorage();
  network.reset();
  name = `contact ${++operations}`;
});

const create = (idempotentFetch = world.client({ storage })) =>
  idempotentFetch(`${network.url}${contactsPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': acme },
    body: JSON.stringify({ name, type: 'client' }),
    operation: `create ${name}`,
  });
const contactsOfThatName = async () => (await api.itemsIn('contacts')).filter(contact => contact.name === name);

const busy: NetworkFault = { kind: 'answer', status: 503 };
const inProgress: NetworkFault = { kind: 'answer', status: 409, body: { error: { type: 'idempotency_in_progress' } } };

const ways: readonly [string, readonly NetworkFault[], boolean][] = [
  ['nothing goes wrong', [], false],
  ['the request is lost', [{ kind: 'lost-before' }], false],
  ['the answer is lost', [{ kind: 'lost-after' }], true],
  ['the answer is cut off', [{ kind: 'cut', framing: 'length' }], true],
  ['the last chunk of the answer is missing', [{ kind: 'cut', framing: 'chunks' }], true],
  ['a proxy is busy', [busy, { kind: 'answer', status: 429, headers: { 'retry-after': '2' } }], false],
  ['the answer is lost, and the repeat comes too early', [{ kind: 'lost-after' }, inProgress], true],
  ['everything goes wrong', [{ kind: 'lost-before' }, busy, { kind: 'lost-after' }, { kind: 'cut', framing: 'chunks' }, inProgress], true],
];
it.each(ways)('one contact is created when %s', async (_what, faults, replayed) => {
  network.inject(...faults);
  const result = await create();
  expect(result).toMatchObject({ response: { status: 201 }, replayed, attempts: faults.length + 1 });
  const [contact, ...others] = await contactsOfThatName();
  expect(others).toEqual([]);
  expect(await result.response.json()).toMatchObject({ id: contact?.contactId });
  expect(storage.items.size).toBe(0);
});

it('one contact is created when the first attempt is given up, and arrives after the second', async () => {
  const gate = new Gate();
  network.inject({ kind: 'hold', gate });
  const call = create(world.client({ storage, attemptTimeoutMs: 1_000 }));
  await gate.reached;
  world.runOut(1_000);
  expect(await call).toMatchObject({ replayed: false, attempts: 2 });
  const claims = () => api.proxy.calls.filter(({ operation }) => operation === 'PutItem').length;
  const before = claims();
  gate.open();
  // The late attempt meets the record, and leaves it at that.
  await expect.poll(claims).toBe(before + 1);
  expect(await contactsOfThatName()).toHaveLength(1);
});

it('one contact is created by eight tabs', async () => {
  const results = await Promise.all(Array.from({ length: 8 }, () => create()));
  expect(results.filter(({ replayed }) => replayed)).toHaveLength(7);
  expect(await contactsOfThatName()).toHaveLength(1);
});

it('one contact is created by who has to log in again after the answer was lost', async () => {
  network.inject({ kind: 'lost-after' }, { kind: 'answer', status: 401 });
  expect((await create()).response.status).toBe(401);
  expect(await create()).toMatchObject({ response: { status: 201 }, replayed: true });
  expect(await contactsOfThatName()).toHaveLength(1);
});

it('the API’s own refusal is returned, and the corrected operation has a key of its own', async () => {
  const right = name;
  name = '';
  expect((await create()).response.status).toBe(422);
  name = right;
  expect((await create()).response.status).toBe(201);
  expect(new Set(network.requests.map(({ key }) => key)).size).toBe(2);
});

it('a key that the API knows from elsewhere is a conflict', async () => {
  const { key } = await create();
  const tampered = {
    ...storage,
    setItem: (item: string, value: string) => storage.setItem(item, JSON.stringify({ ...JSON.parse(value), key })),
  };
  const batch = world.client({ storage: tampered })(`${network.url}${contactsPath}/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': acme },
    body: JSON.stringify({ contacts: [{ name, type: 'client' }] }),
    operation: 'create a batch',
  });
  await expect(batch).rejects.toMatchObject({ code: 'idempotency_conflict' });
  expect(await contactsOfThatName()).toHaveLength(1);
});

it('each of forty operations happens once, whatever the network does and however often the page is reloaded', {
  timeout: 60_000,
}, async () => {
  const kinds: readonly NetworkFault[] = [
    { kind: 'lost-before' },
    { kind: 'lost-after' },
    { kind: 'cut', framing: 'length' },
    { kind: 'cut', framing: 'chunks' },
    busy,
    inProgress,
    { kind: 'answer', status: 401 },
  ];
  const random = seeded(20261124);
  let reloads = 0;
  for (let round = 0; round < 40; round++) {
    name = `contact ${++operations}`;
    network.reset();
    network.inject(...Array.from({ length: Math.floor(random() * 6) }, () => kinds[Math.floor(random() * kinds.length)] ?? busy));
    // Two attempts a page: then its time is up, and the user tries again on the next one.
    while ((await create(world.client({ storage, deadlineMs: 200 })).catch(() => ({ response: { status: 0 } }))).response.status !== 201)
      reloads++;
    expect(await contactsOfThatName()).toHaveLength(1);
    expect(storage.items.size).toBe(0);
  }
  expect(reloads).toBeGreaterThan(10);
});

/** Mulberry32: the same numbers on every run. */
function seeded(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
