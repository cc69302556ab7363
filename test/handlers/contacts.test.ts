/** The contacts handlers, called as API Gateway calls them, on DynamoDB Local. What HTTP adds is in local-api.test.ts. */
import { randomUUID } from 'node:crypto';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from '../../handlers/routes.ts';
import { newClient } from '../support/dynamodb.ts';
import { loadHandlers } from '../support/handlers.ts';

type Loaded = Awaited<ReturnType<typeof loadHandlers>>;
let contacts: string;
let handlers: Loaded['handlers'];
let call: Loaded['call'];
beforeAll(async () => {
  ({ contacts, handlers, call } = await loadHandlers());
});

const acme = { name: 'ACME Corp', type: 'client' };
/** With an address of its own: an account has each address once. */
const newFull = () => ({ ...acme, email: `${randomUUID()}@acme.example`, phone: '+49 30 1234', notes: 'first\nsecond' });
const absent = '01930000-0000-7000-8000-000000000000';
const create = async (contact: object, apiKey = 'account-a') =>
  (await call('create-contact', { body: JSON.stringify(contact), apiKey })).json;
const get = async (contactId: string) => (await call('get-contact', { contactId, apiKey: 'account-a' })).json;
const count = async () => (await newClient().send(new ScanCommand({ TableName: contacts, Select: 'COUNT' }))).Count;

describe('every handler', () => {
  it.each(routes.map(({ name }) => name))('%s takes two parameters at most: the Node.js 24 runtime of Lambda refuses a third', name => {
    expect(handlers.get(name)?.length).toBeLessThan(3);
  });

  it.each(routes.map(({ name }) => name))('%s serves nobody without an account', async name => {
    const response = await call(name, { contactId: absent, apiKey: null, body: JSON.stringify(acme) });
    expect(response).toMatchObject({ status: 401, json: { status: 401, title: 'Unauthorized', error: { type: 'unauthorized' } } });
  });

  it('gives nothing away when it fails, and logs the reason', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const response = await call('get-contact', { contactId: absent, event: { requestContext: null } });
    expect(response).toMatchObject({ status: 500, headers: { 'content-type': 'application/problem+json' } });
    expect(response.json).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong.',
      error: { type: 'internal_error', message: 'Something went wrong.' },
    });
    expect(logged).toHaveBeenCalledWith(expect.any(TypeError));
    logged.mockRestore();
  });
});

describe('create', () => {
  it('stores the contact and says where it is', async () => {
    const before = Date.now();
    const full = newFull();
    const response = await call('create-contact', { body: JSON.stringify({ ...full, name: '  ACME Corp ' }), apiKey: 'account-a' });
    expect(response).toMatchObject({ status: 201, headers: { 'content-type': 'application/json' }, json: full });
    expect(Object.keys(response.json)).toEqual(['id', 'name', 'type', 'email', 'phone', 'notes', 'createdAt', 'updatedAt']);
    const { id, createdAt, updatedAt } = response.json;
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(before);
    expect(updatedAt).toBe(createdAt);
    const location = new URL(String(response.headers.location), 'https://api.example/prod/api/v1/developers/contacts');
    expect(location.pathname).toBe(`/prod/api/v1/developers/contacts/${id}`);
    const { Item } = await newClient().send(new GetCommand({ TableName: contacts, Key: { accountId: 'account-a', contactId: id } }));
    expect(Item).toEqual({ accountId: 'account-a', contactId: id, version: 1, ...full, createdAt, updatedAt });
    expect(await get(id)).toEqual(response.json);
  });

  it.each([['application/json'], ['Application/JSON; charset=utf-8'], ['application/vnd.contact+json']])('reads %s', async contentType => {
    const event = { headers: { 'CONTENT-TYPE': contentType }, multiValueHeaders: null };
    expect(await call('create-contact', { body: JSON.stringify(acme), event })).toMatchObject({ status: 201 });
  });

  it('reads a body that comes in base64', async () => {
    const body = Buffer.from(JSON.stringify({ ...acme, name: 'Käse & Söhne' })).toString('base64');
    const response = await call('create-contact', { event: { body, isBase64Encoded: true } });
    expect(response).toMatchObject({ status: 201, json: { name: 'Käse & Söhne' } });
  });

  it.each([
    ['no content type', { headers: null, multiValueHeaders: null }, 415, 'unsupported_media_type'],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, multiValueHeaders: null },
      415,
      'unsupported_media_type',
    ],
    [
      'a type that only looks like JSON',
      { headers: { 'content-type': 'application/jsonp' }, multiValueHeaders: null },
      415,
      'unsupported_media_type',
    ],
    ['no body', { body: null }, 400, 'invalid_json'],
    ['half a body', { body: '{"name":' }, 400, 'invalid_json'],
    ['what is no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'), isBase64Encoded: true }, 400, 'invalid_json'],
    ['more than 1 MB', { body: `"${'x'.repeat(1024 * 1024)}"` }, 413, 'body_too_large'],
    ['more than 1 MB of characters that are long in UTF-8', { body: `"${'€'.repeat(400_000)}"` }, 413, 'body_too_large'],
  ])('refuses %s', async (_what, event, status, type) => {
    const response = await call('create-contact', { event });
    expect(response).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' }, json: { status, error: { type } } });
  });

  it('reads 1 MB, to the byte', async () => {
    const largest = JSON.stringify('x'.repeat(1024 * 1024 - 2));
    expect(await call('create-contact', { body: largest })).toMatchObject({ status: 422 });
    expect(await call('create-contact', { body: `${largest} ` })).toMatchObject({ status: 413 });
  });

  it.each([
    ['a list', [acme], ''],
    ['null', null, ''],
    ['a string', 'ACME', ''],
    ['no name', { type: 'client' }, 'name'],
    ['an empty name', { ...acme, name: '' }, 'name'],
    ['a name of spaces', { ...acme, name: '   ' }, 'name'],
    ['a long name', { ...acme, name: 'x'.repeat(201) }, 'name'],
    ['a name that is a number', { ...acme, name: 5 }, 'name'],
    ['half a character in the name', { ...acme, name: 'a\ud800' }, 'name'],
    ['half a character in the notes', { ...acme, notes: '\udc00' }, 'notes'],
    ['an unknown type', { ...acme, type: 'enemy' }, 'type'],
    ['a bad address', { ...acme, email: 'nobody' }, 'email'],
    ['a long address', { ...acme, email: `${'x'.repeat(250)}@a.example` }, 'email'],
    ['an absent address that is null', { ...acme, email: null }, 'email'],
    ['long notes', { ...acme, notes: 'x'.repeat(5_001) }, 'notes'],
    ['an unknown member', { ...acme, admin: true }, ''],
    ['an id', { ...acme, id: absent }, ''],
    ['an account', { ...acme, accountId: 'account-b' }, ''],
  ])('refuses %s, and says where', async (_what, contact, path) => {
    const before = await count();
    const response = await call('create-contact', { body: JSON.stringify(contact) });
    expect(response).toMatchObject({
      status: 422,
      json: {
        title: 'Unprocessable Content',
        error: { type: 'invalid_request', message: 'The body is not valid.' },
        errors: [{ path, message: expect.any(String) }],
      },
    });
    expect(await count()).toBe(before);
  });

  it('does not let a prototype in', async () => {
    const response = await call('create-contact', { body: '{"name":"ACME","type":"client","__proto__":{"admin":true}}' });
    expect(response.status).toBe(422);
  });

  it('answers a body that is all wrong with an answer of a reasonable size', async () => {
    const wrong = JSON.stringify({ ['x'.repeat(500_000)]: 1 });
    expect(JSON.stringify((await call('create-contact', { body: wrong })).json).length).toBeLessThan(2_000);
    const manyWrong = JSON.stringify({ contacts: Array(99).fill(5) });
    expect((await call('create-contacts', { body: manyWrong })).json.errors).toHaveLength(20);
  });
});

describe('batch', () => {
  it('stores 99, in their order', async () => {
    const batch = Array.from({ length: 99 }, (_, index) => ({ ...acme, name: `Contact ${index}` }));
    const { status, json } = await call('create-contacts', { body: JSON.stringify({ contacts: batch }), apiKey: 'account-99' });
    expect(status).toBe(201);
    expect(json.contacts).toMatchObject(batch);
    const page = await call('list-contacts', { apiKey: 'account-99', query: { limit: '100' } });
    expect(page.json).toEqual({ contacts: json.contacts, nextCursor: null });
  });

  it.each([
    ['none', [], 'contacts'],
    ['100', Array(100).fill(acme), 'contacts'],
    ['one that is wrong among good ones', [acme, acme, { ...acme, name: '' }], 'contacts.2.name'],
  ])('refuses %s, and stores nothing', async (_what, batch, path) => {
    const before = await count();
    const response = await call('create-contacts', { body: JSON.stringify({ contacts: batch }) });
    expect(response).toMatchObject({ status: 422, json: { errors: [{ path }] } });
    expect(await count()).toBe(before);
  });
});

describe('get, PUT, PATCH and DELETE', () => {
  it.each(['get-contact', 'replace-contact', 'update-contact', 'delete-contact'])('%s answers 404 for what is not there', async name => {
    const full = newFull();
    const { id } = await create(full, 'account-b');
    const body = JSON.stringify(acme);
    for (const contactId of [absent, id, id.toUpperCase(), 'nonsense', '', 'x'.repeat(3_000), '%00']) {
      const response = await call(name, { contactId, body, apiKey: 'account-a' });
      expect(response).toMatchObject({ status: 404, json: { error: { type: 'contact_not_found' } } });
    }
    expect(await call('get-contact', { contactId: id, apiKey: 'account-b' })).toMatchObject({ status: 200, json: full });
  });

  it('PUT replaces all that was there, except the id and the time of creation', async () => {
    const created = await create(newFull());
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(Date.parse(created.createdAt)), { interval: 1 });
    const response = await call('replace-contact', {
      contactId: created.id,
      body: JSON.stringify({ ...acme, type: 'lead' }),
      apiKey: 'account-a',
    });
    expect(response).toMatchObject({ status: 200 });
    const { updatedAt, ...rest } = response.json;
    expect(rest).toEqual({ id: created.id, ...acme, type: 'lead', createdAt: created.createdAt });
    expect(Date.parse(updatedAt)).toBeGreaterThan(Date.parse(created.updatedAt));
    expect(await get(created.id)).toEqual(response.json);
  });

  it('PATCH changes what it names, and takes away what it names null', async () => {
    const created = await create(newFull());
    const changes = { name: 'New', email: null, notes: '' };
    const response = await call('update-contact', { contactId: created.id, body: JSON.stringify(changes), apiKey: 'account-a' });
    const { email: _, ...kept } = created;
    expect(response).toMatchObject({ status: 200 });
    expect(response.json).toEqual({ ...kept, name: 'New', notes: '', updatedAt: expect.any(String) });
    expect(await get(created.id)).toEqual(response.json);
  });

  it.each([
    ['nothing', {}],
    ['a name that is null', { name: null }],
    ['a type that is null', { type: null }],
    ['the id', { id: absent }],
    ['the time of creation', { createdAt: '2000-01-01T00:00:00.000Z' }],
  ])('PATCH refuses to change %s', async (_what, changes) => {
    const created = await create(newFull());
    expect(await call('update-contact', { contactId: created.id, body: JSON.stringify(changes), apiKey: 'account-a' })).toMatchObject({
      status: 422,
    });
    expect(await get(created.id)).toEqual(created);
  });

  it('DELETE takes it away, once', async () => {
    const { id } = await create(newFull());
    const response = await call('delete-contact', { contactId: id, apiKey: 'account-a' });
    expect(response).toMatchObject({ status: 204, json: undefined });
    expect(await call('get-contact', { contactId: id, apiKey: 'account-a' })).toMatchObject({ status: 404 });
    expect(await call('delete-contact', { contactId: id, apiKey: 'account-a' })).toMatchObject({ status: 404 });
  });
});

describe('an e-mail address', () => {
  const account = () => randomUUID().replaceAll('-', '');
  const send = (name: string, apiKey: string, body?: unknown, more: object = {}) =>
    call(name, { apiKey, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...more });
  const taken = (path = 'email') => ({
    status: 409,
    json: { title: 'Conflict', error: { type: 'email_taken' }, errors: [{ path, message: 'is the address of another contact' }] },
  });
  const withAddress = (email: string) => ({ ...acme, email });

  it('is had by one contact of an account, however it is capitalized, and by one of another account', async () => {
    const [a, b] = [account(), account()];
    expect(await send('create-contact', a, withAddress('info@acme.example'))).toMatchObject({ status: 201 });
    expect(await send('create-contact', a, withAddress('info@acme.example'))).toMatchObject(taken());
    expect(await send('create-contact', a, withAddress('INFO@acme.example'))).toMatchObject(taken());
    expect(await send('create-contact', b, withAddress('info@acme.example'))).toMatchObject({ status: 201 });
    expect((await send('list-contacts', a)).json.contacts).toHaveLength(1);
  });

  it('that is taken frees the key: the same key works once the address is another', async () => {
    const a = account();
    await send('create-contact', a, withAddress('info@acme.example'));
    const key = randomUUID();
    expect(await send('create-contact', a, withAddress('info@acme.example'), { key })).toMatchObject(taken());
    expect(await send('create-contact', a, withAddress('new@acme.example'), { key })).toMatchObject({ status: 201 });
    const replayed = await send('create-contact', a, withAddress('new@acme.example'), { key });
    expect(replayed).toMatchObject({ status: 201, headers: { 'Idempotent-Replayed': 'true' } });
  });

  it('goes to one of many who want it at once', async () => {
    const a = account();
    const all = await Promise.all(Array.from({ length: 6 }, () => send('create-contact', a, withAddress('info@acme.example'))));
    expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('stops the whole batch when it is taken, and says whose it is', async () => {
    const a = account();
    await send('create-contact', a, withAddress('info@acme.example'));
    const contacts = [acme, withAddress('first@acme.example'), withAddress('info@acme.example')];
    expect(await send('create-contacts', a, { contacts })).toMatchObject(taken('contacts.2.email'));
    expect((await send('list-contacts', a)).json.contacts).toHaveLength(1);
    expect(await send('create-contact', a, withAddress('first@acme.example'))).toMatchObject({ status: 201 });
  });

  it('can not be in a batch twice, and counts as a write of it', async () => {
    const a = account();
    const twice = [withAddress('a@acme.example'), acme, withAddress('A@acme.example')];
    expect(await send('create-contacts', a, { contacts: twice })).toMatchObject({
      status: 422,
      json: { errors: [{ path: 'contacts.2.email' }] },
    });
    const many = (count: number) => Array.from({ length: count }, (_, n) => withAddress(`${n}@acme.example`));
    expect(await send('create-contacts', a, { contacts: many(50) })).toMatchObject({ status: 422 });
    expect(await send('create-contacts', a, { contacts: many(49) })).toMatchObject({ status: 201 });
  });

  it('moves with PUT and PATCH, and is free again after them and after DELETE', async () => {
    const a = account();
    const { id } = (await send('create-contact', a, withAddress('one@acme.example'))).json;
    await send('create-contact', a, withAddress('other@acme.example'));
    const more = { contactId: id };
    expect(await send('update-contact', a, { email: 'other@acme.example' }, more)).toMatchObject(taken());
    expect(await send('replace-contact', a, withAddress('other@acme.example'), more)).toMatchObject(taken());
    expect(await send('update-contact', a, { email: 'ONE@acme.example' }, more)).toMatchObject({ status: 200 });
    expect(await send('update-contact', a, { email: 'two@acme.example' }, more)).toMatchObject({ status: 200 });
    expect(await send('create-contact', a, withAddress('one@acme.example'))).toMatchObject({ status: 201 });
    expect(await send('replace-contact', a, acme, more)).toMatchObject({ status: 200 });
    expect(await send('create-contact', a, withAddress('two@acme.example'))).toMatchObject({ status: 201 });
    expect(await send('replace-contact', a, withAddress('three@acme.example'), more)).toMatchObject({ status: 200 });
    expect(await send('delete-contact', a, undefined, more)).toMatchObject({ status: 204 });
    expect(await send('create-contact', a, withAddress('three@acme.example'))).toMatchObject({ status: 201 });
  });
});

describe('changes of one contact at once', () => {
  it('all happen, one after the other', async () => {
    const { id } = await create(newFull());
    const changes = [{ name: 'New' }, { notes: 'new' }, { phone: '12345' }];
    const all = await Promise.all(
      changes.map(change => call('update-contact', { contactId: id, body: JSON.stringify(change), apiKey: 'account-a' })),
    );
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await get(id)).toMatchObject({ name: 'New', notes: 'new', phone: '12345' });
  });
});

describe('list', () => {
  it('is empty where there is nothing', async () => {
    expect(await call('list-contacts', { apiKey: 'account-0' })).toMatchObject({ status: 200, json: { contacts: [], nextCursor: null } });
  });

  it('comes in pages, in the order of creation, and the last page says that it is the last', async () => {
    const created = [];
    for (let index = 0; index < 6; index++) created.push(await create({ ...acme, name: `Contact ${index}` }, 'account-6'));
    const pages = [];
    let cursor: string | undefined;
    do {
      const { json } = await call('list-contacts', {
        apiKey: 'account-6',
        query: { limit: '2', ...(cursor === undefined ? {} : { cursor }) },
      });
      pages.push(json.contacts);
      cursor = json.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(pages).toEqual([created.slice(0, 2), created.slice(2, 4), created.slice(4, 6)]);
  });

  it('has 25 contacts in a page unless told otherwise', async () => {
    const body = JSON.stringify({ contacts: Array(26).fill(acme) });
    await call('create-contacts', { body, apiKey: 'account-26' });
    const { json } = await call('list-contacts', { apiKey: 'account-26' });
    expect(json.contacts).toHaveLength(25);
    expect(json.nextCursor).toEqual(expect.any(String));
  });

  it('goes on after a contact that is not there any more', async () => {
    const [first, second] = [await create(acme, 'account-2'), await create(acme, 'account-2')];
    const { json } = await call('list-contacts', { apiKey: 'account-2', query: { limit: '1' } });
    await call('delete-contact', { contactId: first.id, apiKey: 'account-2' });
    const rest = await call('list-contacts', { apiKey: 'account-2', query: { cursor: json.nextCursor } });
    expect(rest.json.contacts).toEqual([second]);
  });

  it('cuts a page short that DynamoDB cuts short, and loses nothing', async () => {
    const large = { ...acme, notes: '€'.repeat(5_000) };
    for (let batch = 0; batch < 3; batch++) {
      const body = JSON.stringify({ contacts: Array(33).fill(large) });
      expect(await call('create-contacts', { body, apiKey: 'account-large' })).toMatchObject({ status: 201 });
    }
    const seen = new Set<string>();
    const sizes = [];
    let query: Record<string, string> | undefined = { limit: '100' };
    while (query !== undefined) {
      const { json }: { json: { contacts: { id: string }[]; nextCursor: string | null } } = await call('list-contacts', {
        apiKey: 'account-large',
        query,
      });
      for (const { id } of json.contacts) seen.add(id);
      sizes.push(json.contacts.length);
      query = json.nextCursor === null ? undefined : { limit: '100', cursor: json.nextCursor };
    }
    expect(seen.size).toBe(99);
    expect(sizes.length).toBeGreaterThan(1);
  });

  it.each(['0', '101', '-1', '1.5', '1e1', ' 1', '', 'ten', '0x10'])('refuses the limit %j', async limit => {
    expect(await call('list-contacts', { query: { limit } })).toMatchObject({ status: 400, json: { errors: [{ path: 'limit' }] } });
  });

  it.each(['', 'nonsense', Buffer.from(absent).toString('base64url'), '=', '\u0000', 'A'.repeat(10_000)])(
    'refuses the cursor %j',
    async cursor => {
      expect(await call('list-contacts', { query: { cursor } })).toMatchObject({ status: 400, json: { errors: [{ path: 'cursor' }] } });
    },
  );
});
