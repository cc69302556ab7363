/** The local API over HTTP, as a client would use it: the product page's contract, end to end. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { corsHeaders } from '../handlers/cors.ts';
import { Gate } from './support/fault-proxy.ts';
import { newKey, requestOf } from './support/forms.ts';
import { acme, contactsPath, globex, startApi } from './support/local-api.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  api = await startApi();
});
afterAll(() => api.stop());

const contact = { name: 'ACME Corp', type: 'client' };
const contactsOf = async (apiKey = acme) => (await api.send({ method: 'GET', path: `${contactsPath}?limit=100`, apiKey })).json.contacts;

/** Sends the bytes as they are, which no HTTP client would. */
async function raw(request: string): Promise<string> {
  const { port } = new URL(api.url);
  const socket = connect(Number(port), 'localhost');
  socket.write(request);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function requestFor(line: string, headerLines = '', body = ''): string {
  const own = `Host: localhost\r\nConnection: close\r\nx-api-key: ${acme}\r\nContent-Length: ${body.length}\r\n`;
  return `${line} HTTP/1.1\r\n${own}${headerLines}\r\n${body}`;
}

describe("the product page's example", () => {
  it('creates one contact, and replays the same bytes, marked', async () => {
    const before = (await contactsOf()).length;
    const key = newKey();
    const first = await api.send({ key, body: contact });
    const second = await api.send({ key, body: contact });
    expect(first).toMatchObject({ status: 201, json: { ...contact, id: expect.any(String) }, replayed: null });
    expect(second).toMatchObject({ status: 201, text: first.text, replayed: 'true' });
    const { date: _, 'idempotent-replayed': __, ...replayedHeaders } = Object.fromEntries(second.headers);
    const { date: ___, ...firstHeaders } = Object.fromEntries(first.headers);
    expect(replayedHeaders).toEqual(firstHeaders);
    expect(await contactsOf()).toHaveLength(before + 1);
  });

  it('refuses the same key for another endpoint or method, word for word', async () => {
    const key = newKey();
    const { json } = await api.send({ key, body: contact });
    for (const other of [
      { path: `${contactsPath}/batch`, body: { contacts: [contact] } },
      { path: `${contactsPath}/${json.id}`, method: 'PUT', body: contact },
      { path: `${contactsPath}/${json.id}`, method: 'DELETE' },
    ]) {
      const refused = await api.send({ key, ...other });
      expect(refused.status).toBe(422);
      expect(refused.json.error).toEqual({
        type: 'idempotency_conflict',
        message: 'This Idempotency-Key has already been used with a different request.',
      });
    }
    expect(await api.send({ key, body: contact })).toMatchObject({ status: 201, replayed: 'true' });
  });

  it('lets two accounts use the same key, and shows neither the other', async () => {
    const key = newKey();
    const first = await api.send({ key, body: contact });
    const other = await api.send({ key, body: contact, apiKey: globex });
    expect(other).toMatchObject({ status: 201, replayed: null });
    expect(other.json.id).not.toBe(first.json.id);
    expect(await api.send({ method: 'GET', path: `${contactsPath}/${first.json.id}`, apiKey: globex })).toMatchObject({ status: 404 });
  });

  it('does not store a failed request: after its repair, the same key works', async () => {
    const key = newKey();
    expect(await api.send({ key, body: { name: '', type: 'client' } })).toMatchObject({ status: 422, replayed: null });
    expect(await api.send({ key, body: contact })).toMatchObject({ status: 201, replayed: null });
  });

  it('makes one contact of many requests at once', async () => {
    const before = (await contactsOf()).length;
    const key = newKey();
    const responses = await Promise.all(Array.from({ length: 8 }, () => api.send({ key, body: contact })));
    expect(new Set(responses.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(responses.filter(({ replayed }) => replayed === 'true')).toHaveLength(7);
    expect(await contactsOf()).toHaveLength(before + 1);
  });

  it('survives the loss of every answer of DynamoDB, once each', async () => {
    const before = (await contactsOf()).length;
    const key = newKey();
    api.proxy.inject('PutItem', { kind: 'lost-after' });
    api.proxy.inject('TransactWriteItems', { kind: 'lost-after' });
    api.proxy.inject('PutItem', { kind: 'lost-after' }, { skip: 1 });
    expect(await api.send({ key, body: contact })).toMatchObject({ status: 201 });
    expect(await api.send({ key, body: contact })).toMatchObject({ status: 201, replayed: 'true' });
    expect(await contactsOf()).toHaveLength(before + 1);
  });

  it('survives a DynamoDB that never answers a call: the default client asks again after two seconds', async () => {
    const key = newKey();
    api.proxy.inject('PutItem', { kind: 'hang' });
    expect(await api.send({ key, body: contact })).toMatchObject({ status: 201, replayed: null });
  });
});

describe('every mutation', () => {
  it('is replayed: PUT, PATCH, DELETE and batch', async () => {
    const { json } = await api.send({ body: contact });
    const path = `${contactsPath}/${json.id}`;
    for (const request of [
      { method: 'PUT', path, body: { ...contact, name: 'Replaced' }, key: newKey() },
      { method: 'PATCH', path, body: { email: 'info@acme.example' }, key: newKey() },
      { method: 'POST', path: `${contactsPath}/batch`, body: { contacts: [contact, contact] }, key: newKey() },
      { method: 'DELETE', path, key: newKey() },
    ]) {
      const first = await api.send(request);
      const second = await api.send(request);
      expect(first.status).toBeLessThan(300);
      expect(first.replayed).toBeNull();
      expect(second).toMatchObject({ status: first.status, text: first.text, replayed: 'true' });
    }
    expect(await api.send({ method: 'DELETE', path })).toMatchObject({ status: 404 });
  });
});

describe('a GET', () => {
  it('never touches the idempotency table, even with a key', async () => {
    const { json } = await api.send({ body: contact });
    const before = api.proxy.calls.length;
    await api.send({ method: 'GET', path: `${contactsPath}/${json.id}`, key: newKey() });
    await api.send({ method: 'GET', key: newKey() });
    const touched = api.proxy.calls.slice(before).map(({ body }) => body.TableName);
    expect(touched).toEqual([api.tables.contacts, api.tables.contacts]);
  });
});

describe('a bad key', () => {
  it.each([
    ['empty', ''],
    ['256 long', 'k'.repeat(256)],
    ['half-quoted', '"abc'],
    ['two in one', 'a, b'],
  ])('that is %s is refused, and nothing happens', async (_what, key) => {
    const before = api.proxy.calls.length;
    const response = await api.send({ key, body: contact });
    expect(response).toMatchObject({ status: 400, json: { error: { type: 'idempotency_key_invalid' } } });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(api.proxy.calls.length).toBe(before);
  });

  it.each([
    ['of two lines', 'Idempotency-Key: a\r\nIdempotency-Key: a\r\n'],
    ['of two lines in different case', 'Idempotency-Key: a\r\nidempotency-key: b\r\n'],
    ['that is not ASCII', 'Idempotency-Key: schl\u00fcssel\r\n'],
    ['with a tab inside', 'Idempotency-Key: a\tb\r\n'],
  ])('%s is refused', async (_what, lines) => {
    const answer = await raw(requestFor(`POST ${contactsPath}`, `Content-Type: application/json\r\n${lines}`, '{}'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*idempotency_key_invalid/);
  });

  it.each([
    ['NUL', '\u0000'],
    ['BEL', '\u0007'],
    ['a lone line feed', '\n\u0001'],
  ])('with the control character %s is no HTTP, and reaches no handler', async (_what, character) => {
    const before = api.proxy.calls.length;
    expect(await raw(requestFor(`POST ${contactsPath}`, `Idempotency-Key: a${character}b\r\n`, '{}'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(api.proxy.calls.length).toBe(before);
  });
});

describe('a bad request', () => {
  it.each([
    ['no body', undefined, 415],
    ['an empty body', '', 400],
    ['no JSON', '{"name":', 400],
    ['a list', [contact], 422],
    ['null', 'null', 422],
    ['a name that is too long', { ...contact, name: 'x'.repeat(201) }, 422],
    ['a name of the wrong type', { ...contact, name: 5 }, 422],
    ['an unknown type', { ...contact, type: 'enemy' }, 422],
    ['an unknown member', { ...contact, admin: true }, 422],
    ['a bad e-mail address', { ...contact, email: 'nobody' }, 422],
    ['2 MB', { ...contact, notes: 'x'.repeat(2_000_000) }, 413],
  ])('with %s is a problem document, stored nowhere', async (_what, body, status) => {
    const key = newKey();
    const response = await api.send({ key, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.json.error).toEqual({ type: expect.any(String), message: expect.any(String) });
    expect(await api.send({ key, body: contact })).toMatchObject({ status: 201, replayed: null });
  });

  it.each([
    [0, 422],
    [1, 201],
    [99, 201],
    [100, 422],
    [101, 422],
  ])('is a batch of a wrong size: %i contacts give %i', async (count, status) => {
    const before = (await api.itemsIn('contacts')).length;
    const response = await api.send({ path: `${contactsPath}/batch`, key: newKey(), body: { contacts: Array(count).fill(contact) } });
    expect(response.status).toBe(status);
    expect((await api.itemsIn('contacts')).length).toBe(before + (status === 201 ? count : 0));
  });

  it('over 10 MB is refused as API Gateway refuses it', async () => {
    const response = await api.send({ key: newKey(), body: 'x'.repeat(10 * 1024 * 1024 + 1) });
    expect(response).toMatchObject({ status: 413, json: { error: { type: 'body_too_large', message: 'The request is too large.' } } });
  });

  it('over 6 MB is no event for Lambda: API Gateway refuses it too', async () => {
    const response = await api.send({ key: newKey(), body: 'x'.repeat(6 * 1024 * 1024) });
    expect(response).toMatchObject({ status: 413, json: { error: { type: 'body_too_large', message: 'The request is too large.' } } });
  });

  it('of less is left to the handler, which wants 1 MB at most', async () => {
    expect(await api.send({ body: 'x'.repeat(5 * 1024 * 1024) })).toMatchObject({
      status: 413,
      json: { error: { type: 'body_too_large' } },
    });
  });

  it('whose bytes are no text is a problem document too', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await api.send({ key: newKey(), headers, body: Buffer.from([0x7b, 0xff, 0x7d]) });
    expect(response).toMatchObject({ status: 400, json: { error: { type: 'invalid_json' } } });
  });
});

describe('API Gateway itself', () => {
  it.each([undefined, 'wrong'])('answers 403 for the API key %j', async apiKey => {
    const response = await fetch(`${api.url}${contactsPath}`, { headers: apiKey === undefined ? {} : { 'x-api-key': apiKey } });
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'A valid API key is required, as x-api-key.',
      error: { type: 'invalid_api_key', message: 'A valid API key is required, as x-api-key.' },
    });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/api/v1/developers'],
    ['GET', `${contactsPath}//`],
    ['GET', `${contactsPath}/batch`],
    ['POST', `${contactsPath}/some-id`],
    ['HEAD', contactsPath],
    ['OPTIONS', '/api/v1/developers'],
    ['GET', `${contactsPath}/a/b`],
  ])('knows no route %s %s', async (method, path) => {
    const response = await api.send({ method, path });
    expect(response.status).toBe(404);
    if (method !== 'HEAD') expect(response.json.error.type).toBe('not_found');
  });

  it('does not mind a slash at the end of a path', async () => {
    expect(await api.send({ method: 'GET', path: `${contactsPath}/` })).toMatchObject({ status: 200 });
  });

  it.each(['%E0%A4%A', '%', '%00', '%2e%2e%2f', '..%2fbatch', 'x'.repeat(4_000), '{contactId}', '__proto__'])(
    'finds no contact under the path segment %s',
    async segment => {
      for (const method of ['GET', 'DELETE']) {
        expect(await raw(requestFor(`${method} ${contactsPath}/${segment}`))).toMatch(/^HTTP\/1\.1 404 [\s\S]*contact_not_found/);
      }
    },
  );

  it.each([
    ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404'],
    ['a target with two slashes', 'GET //x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404'],
    ['a target with dots', `GET ${contactsPath}/../contacts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, '404'],
    ['a target that is a URL', `GET http://localhost${contactsPath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, '404'],
    ['a header field of 20 KB', `GET / HTTP/1.1\r\nHost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
    ['no HTTP at all', 'hello\r\n\r\n', '400'],
  ])('stands %s', async (_what, request, status) => {
    expect(await raw(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(await contactsOf()).toBeInstanceOf(Array);
  });

  it('stands a client that hangs up in the middle of its request', async () => {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), 'localhost');
    const beginning = `POST ${contactsPath} HTTP/1.1\r\nHost: x\r\nx-api-key: ${acme}\r\nContent-Length: 100\r\n\r\n{`;
    await new Promise(sent => socket.write(beginning, sent));
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect(await contactsOf()).toBeInstanceOf(Array);
  });

  it('gives a failed handler a 500 that gives nothing away', async () => {
    api.proxy.inject('Query', { kind: 'error', status: 400, name: 'AccessDeniedException' });
    const response = await api.send({ method: 'GET' });
    expect(response).toMatchObject({ status: 500, json: { error: { type: 'internal_error', message: 'Something went wrong.' } } });
    expect(response.text).not.toMatch(/AccessDenied|injected/);
  });
});

describe('a repeat while the first request runs', () => {
  it('waits for it, and gets its answer', async () => {
    const gate = new Gate();
    api.proxy.inject('TransactWriteItems', { kind: 'hold', where: 'before', gate });
    const key = newKey();
    const first = api.send({ key, body: contact });
    await gate.reached;
    const reads = () => api.proxy.operations().filter(name => name === 'GetItem').length;
    const before = reads();
    const second = api.send({ key, body: contact });
    await vi.waitFor(() => expect(reads()).toBeGreaterThan(before));
    gate.open();
    expect((await second).text).toBe((await first).text);
    expect((await second).replayed).toBe('true');
  });
});

describe('a page of another site', () => {
  const mayRead = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Idempotent-Replayed,Retry-After' };
  const corsOf = ({ headers }: { headers: Headers }) => Object.fromEntries([...headers].filter(([name]) => name in mayRead));

  it.each(['', '/', '/batch', '/some-id'])('may ask first what it may send to %j, without an API key', async path => {
    const response = await fetch(`${api.url}${contactsPath}${path}`, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(corsOf(response)).toEqual(mayRead);
    expect(response.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
  });

  it('reads answers, replays and refusals', async () => {
    const key = newKey();
    for (const [path, status] of [
      [contactsPath, 201],
      [contactsPath, 201],
      [`${contactsPath}/batch`, 422],
    ] as const) {
      const response = await api.send({ key, path, body: contact });
      expect(response.status).toBe(status);
      expect(corsOf(response)).toEqual(mayRead);
    }
  });

  it('reads that the key is in use, and when to come back', async () => {
    const gate = new Gate();
    api.proxy.inject('TransactWriteItems', { kind: 'hold', where: 'before', gate });
    const facts = { key: newKey(), apiKey: 'acme000001', path: contactsPath, body: JSON.stringify(contact) };
    const first = api.send({ key: facts.key, body: contact });
    await gate.reached;
    // The handler that the API serves, in an invocation that has no time to wait.
    const { handler } = await import('../handlers/create-contact.ts');
    const refused = await handler(requestOf(facts) as never, { getRemainingTimeInMillis: () => 100 } as never);
    gate.open();
    expect(await first).toMatchObject({ status: 201 });
    expect(refused).toMatchObject({ statusCode: 409, headers: { ...corsHeaders, 'retry-after': expect.stringMatching(/^\d+$/) } });
  });

  it('reads that the store is not there', async () => {
    api.proxy.inject('PutItem', { kind: 'error', status: 400, name: 'AccessDeniedException' });
    const response = await api.send({ key: newKey(), body: contact });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(corsOf(response)).toEqual(mayRead);
  });

  it('reads what API Gateway refuses', async () => {
    expect(corsOf(await api.send({ apiKey: 'wrong' }))).toMatchObject({ 'access-control-allow-origin': '*' });
  });

  it('costs no call to DynamoDB: what is committed has its CORS headers already', async () => {
    for (const request of [
      { body: contact },
      { method: 'DELETE', path: `${contactsPath}/${(await api.send({ body: contact })).json.id}` },
    ]) {
      const before = api.proxy.calls.length;
      await api.send({ key: newKey(), ...request });
      const writes = api.proxy
        .operations()
        .slice(before)
        .filter(name => name !== 'GetItem');
      expect(writes).toEqual(['PutItem', 'TransactWriteItems']);
    }
  });
});

describe('the list', () => {
  it('comes in pages, in order of creation, and complete', async () => {
    const expected = (await api.itemsIn('contacts'))
      .filter(({ accountId }) => accountId === 'acme000001')
      .map(({ contactId }) => contactId)
      .sort();
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '?limit=40' : `?limit=40&cursor=${cursor}`;
      const { json } = await api.send({ method: 'GET', path: `${contactsPath}${query}` });
      expect(json.contacts.length).toBeLessThanOrEqual(40);
      seen.push(...json.contacts.map(({ id }: { id: string }) => id));
      cursor = json.nextCursor;
    }
    expect(seen).toEqual(expected);
    expect(seen.length).toBeGreaterThan(100);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=1.5',
    'cursor=nonsense',
    `cursor=${Buffer.from('{"accountId":"x"}').toString('base64url')}`,
  ])('refuses %s', async query => {
    expect(await api.send({ method: 'GET', path: `${contactsPath}?${query}` })).toMatchObject({
      status: 400,
      json: { error: { type: 'invalid_request' } },
    });
  });

  it('refuses a cursor that another account was given, and one that was changed', async () => {
    const { json } = await api.send({ method: 'GET', path: `${contactsPath}?limit=1` });
    const changed = Buffer.from(json.nextCursor, 'base64url')
      .toString()
      .replace(/^./, first => (first === '0' ? '1' : '0'));
    for (const [cursor, apiKey] of [
      [json.nextCursor, globex],
      [Buffer.from(changed).toString('base64url'), acme],
      [`${json.nextCursor}=`, acme],
    ]) {
      const response = await api.send({ method: 'GET', path: `${contactsPath}?limit=100&cursor=${cursor}`, apiKey });
      expect(response).toMatchObject({ status: 400, json: { errors: [{ path: 'cursor' }] } });
    }
  });
});
