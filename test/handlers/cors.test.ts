/** Whatever the handlers answer, a page of another site may read it, with the marker and the pause to make. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from '../../handlers/routes.ts';
import { dialects, newKey } from '../support/forms.ts';
import { loadHandlers } from '../support/handlers.ts';

let call: Awaited<ReturnType<typeof loadHandlers>>['call'];
beforeAll(async () => {
  ({ call } = await loadHandlers());
});

const corsHeaders = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Idempotent-Replayed,Retry-After' };
const body = '{"name":"ACME Corp","type":"client"}';
const absent = '01930000-0000-7000-8000-000000000000';

function caseInsensitive(headers: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function expectCors(response: { readonly status: number; readonly headers: object }, status: number): void {
  expect(response.status).toBe(status);
  expect(response.headers).toMatchObject(corsHeaders);
  // The answer is the same for every origin, so caches may share it.
  expect(caseInsensitive(response.headers)).not.toHaveProperty('vary');
}

describe.each(dialects)('the answers in the dialect %s', dialect => {
  it.each(routes.map(({ name }) => name))('of %s to an unknown account', async name => {
    expectCors(await call(name, { dialect, contactId: absent, apiKey: null, body }), 401);
  });

  it('of a mutation, and its replay', async () => {
    const facts = { dialect, key: newKey(), body };
    expectCors(await call('create-contact', facts), 201);
    const replay = await call('create-contact', facts);
    expectCors(replay, 201);
    expect(replay.headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
  });

  it('of one without a body, and its replay', async () => {
    const { json } = await call('create-contact', { dialect, body });
    const facts = { dialect, key: newKey(), contactId: json.id };
    expectCors(await call('delete-contact', facts), 204);
    expectCors(await call('delete-contact', facts), 204);
  });

  it('of reads', async () => {
    const { json } = await call('create-contact', { dialect, body });
    expectCors(await call('get-contact', { dialect, contactId: json.id }), 200);
    expectCors(await call('list-contacts', { dialect }), 200);
  });

  it('that are refusals of the key: malformed, and used for something else', async () => {
    expectCors(await call('create-contact', { dialect, key: 'two, keys', body }), 400);
    const key = newKey();
    await call('create-contact', { dialect, key, body });
    expectCors(await call('create-contacts', { dialect, key, body }), 422);
  });

  it('that are errors of the handler', async () => {
    expectCors(await call('create-contact', { dialect, body: '{' }), 400);
    expectCors(await call('get-contact', { dialect, contactId: absent }), 404);
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const strange = { http: { method: 'GET' }, identity: { apiKeyId: 5 }, authorizer: { lambda: { accountId: 5 } } };
    expectCors(await call('get-contact', { dialect, contactId: absent, event: { requestContext: strange } }), 500);
    logged.mockRestore();
  });
});
