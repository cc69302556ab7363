/** The contacts handlers behind an HTTP API: events of payload 2.0, and an account that the authorizer has found. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../handlers/routes.ts';
import { newKey } from '../support/forms.ts';
import { type Call, loadHandlers } from '../support/handlers.ts';

type Loaded = Awaited<ReturnType<typeof loadHandlers>>;
let handlers: Loaded['handlers'];
let call: (name: string, facts?: Omit<Call, 'dialect'>) => ReturnType<Loaded['call']>;
beforeAll(async () => {
  const loaded = await loadHandlers();
  handlers = loaded.handlers;
  call = (name, facts) => loaded.call(name, { ...facts, dialect: 'http-api' });
});

const contact = { name: 'ACME Corp', type: 'client' };
const body = JSON.stringify(contact);

describe('behind an HTTP API', () => {
  it('all of the routes work', async () => {
    const apiKey = 'account-all';
    const { json, headers } = await call('create-contact', { apiKey, body });
    expect(headers.location).toBe(`contacts/${json.id}`);
    const contactId = json.id;
    expect(await call('get-contact', { apiKey, contactId })).toMatchObject({ status: 200, json: contact });
    expect(await call('replace-contact', { apiKey, contactId, body: JSON.stringify({ ...contact, name: 'New' }) })).toMatchObject({
      status: 200,
    });
    expect(await call('update-contact', { apiKey, contactId, body: '{"notes":"new"}' })).toMatchObject({
      status: 200,
      json: { name: 'New' },
    });
    await call('create-contacts', { apiKey, body: JSON.stringify({ contacts: [contact, contact] }) });
    const first = await call('list-contacts', { apiKey, query: { limit: '2' } });
    expect(first.json.contacts).toHaveLength(2);
    const rest = await call('list-contacts', { apiKey, query: { cursor: first.json.nextCursor } });
    expect(rest.json).toMatchObject({ contacts: [contact], nextCursor: null });
    expect(await call('delete-contact', { apiKey, contactId })).toMatchObject({ status: 204 });
    expect(await call('get-contact', { apiKey, contactId })).toMatchObject({ status: 404 });
  });

  it('a repeat gets the first answer, marked, and makes no second contact', async () => {
    const facts = { apiKey: 'account-repeat', key: newKey(), body };
    const first = await call('create-contact', facts);
    const second = await call('create-contact', facts);
    expect(first).toMatchObject({ status: 201 });
    expect(second).toEqual({ ...first, headers: { ...first.headers, 'Idempotent-Replayed': 'true' } });
    expect((await call('list-contacts', facts)).json.contacts).toHaveLength(1);
  });

  it('a key that was used for another path is a conflict', async () => {
    const facts = { apiKey: 'account-conflict', key: newKey() };
    await call('create-contact', { ...facts, body });
    const other = await call('create-contacts', { ...facts, body: JSON.stringify({ contacts: [contact] }) });
    expect(other).toMatchObject({ status: 422, json: { error: { type: 'idempotency_conflict' } } });
  });

  it("a key is its account's: the same under another of its API keys, another under the API key of another account", async () => {
    const key = newKey();
    const send = (accountId: string, apiKey: string) =>
      call('create-contact', {
        body,
        event: {
          headers: { 'content-type': 'application/json', 'idempotency-key': key, 'x-api-key': apiKey },
          requestContext: { http: { method: 'POST', path: '/c' }, authorizer: { lambda: { accountId } } },
        },
      });
    const first = await send('account-rotating', 'old-key');
    const rotated = await send('account-rotating', 'new-key');
    expect(rotated).toMatchObject({ json: first.json, headers: { 'Idempotent-Replayed': 'true' } });
    // Whatever the header says, the authorizer has the word.
    const other = await send('account-other', 'old-key');
    expect(other).toMatchObject({ status: 201 });
    expect(other.json.id).not.toBe(first.json.id);
  });

  it.each(routes.map(({ name }) => name))('%s serves nobody whom no authorizer has verified, keyed or not', async name => {
    const contactId = '01930000-0000-7000-8000-000000000000';
    const named = { 'content-type': 'application/json', 'x-api-key': 'any', 'x-account-id': 'account-a' };
    for (const authorizer of [undefined, {}, { lambda: null }, { lambda: {} }, { lambda: { accountId: '' } }, { accountId: 'account-a' }]) {
      for (const keyed of [{}, { 'idempotency-key': newKey() }]) {
        const event = {
          headers: { ...named, ...keyed },
          requestContext: { http: { method: 'POST', path: '/' }, identity: { apiKeyId: 'account-a' }, authorizer },
        };
        expect(await call(name, { contactId, body, event })).toMatchObject({ status: 401, json: { error: { type: 'unauthorized' } } });
      }
    }
  });

  it('a body may come in base64', async () => {
    const event = { body: Buffer.from(JSON.stringify({ ...contact, name: 'Käse & Söhne' })).toString('base64'), isBase64Encoded: true };
    expect(await call('create-contact', { event })).toMatchObject({ status: 201, json: { name: 'Käse & Söhne' } });
  });

  it.each([
    ['no body', { body: undefined }, 400, 'invalid_json'],
    ['no content type', { headers: {} }, 415, 'unsupported_media_type'],
    ['more than 1 MB', { body: `"${'x'.repeat(1024 * 1024)}"` }, 413, 'body_too_large'],
    [
      'more than 1 MB in base64',
      { body: Buffer.alloc(1024 * 1024 + 1, 'x').toString('base64'), isBase64Encoded: true },
      413,
      'body_too_large',
    ],
  ])('refuses %s', async (_what, event, status, type) => {
    expect(await call('create-contact', { event })).toMatchObject({ status, json: { error: { type } } });
  });

  it.each([
    ['a parameter that came twice', { limit: '5,6' }],
    ['a limit of nothing', { limit: '' }],
  ])('refuses %s', async (_what, query) => {
    expect(await call('list-contacts', { query })).toMatchObject({ status: 400, json: { errors: [{ path: 'limit' }] } });
  });

  it('reads an event as API Gateway makes it', async () => {
    const file = new URL('../fixtures/http-api-lambda-authorizer.json', import.meta.url);
    const event = JSON.parse(readFileSync(file, 'utf8'));
    event.requestContext.authorizer.lambda = { accountId: 'account-fixture' };
    const send = async () => handlers.get('create-contact')?.(event, {} as never);
    const first = await send();
    expect(first).toMatchObject({ statusCode: 201 });
    expect(await send()).toMatchObject({ statusCode: 201, body: first?.body, headers: { 'Idempotent-Replayed': 'true' } });
  });
});
