/** From a refusal of the local API to the page that explains it, as a developer follows it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyResource, publicRoutes } from '../handlers/routes.ts';
import { newKey } from './support/forms.ts';
import { startApi } from './support/local-api.ts';
import { readmeBlocks } from './support/readme.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const contact = { name: 'ACME Corp', type: 'client' };

describe('a refusal of a key', () => {
  it('refers to a page that explains it, for everybody', async () => {
    const key = newKey();
    await api.send({ key, body: contact });
    const { json } = await api.send({ key, body: contact, path: '/api/v1/developers/contacts/batch' });
    expect(json.type).toBe(`${api.url}${policyResource}#idempotency_conflict`);
    const page = await fetch(json.type);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain(`id="${new URL(json.type).hash.slice(1)}"`);
  });

  it('is in the README as it is sent', async () => {
    const key = newKey();
    await api.send({ key, body: contact });
    const { json } = await api.send({ key, body: contact, path: '/api/v1/developers/contacts/batch' });
    const [example = ''] = await readmeBlocks('json');
    expect(JSON.parse(example.replace('http://localhost:3000', api.url))).toEqual(json);
  });

  it('is in the OpenAPI document as it is sent', async () => {
    const [, openapi] = publicRoutes;
    const response = await fetch(`${api.url}${openapi?.resource}`);
    const document = JSON.parse(await response.text());
    const { text, status } = await api.send({ key: '550e8400,e29b', body: contact });
    const { examples } = document.components.responses[`Idempotency${status}`].content['application/problem+json'];
    expect(JSON.stringify(examples.idempotency_key_invalid.value)).toBe(text);
  });
});

describe('the documentation', () => {
  it.each(publicRoutes)('$name is read with any API key, too, and with GET only', async ({ resource }) => {
    expect((await fetch(`${api.url}${resource}`, { headers: { 'x-api-key': 'wrong' } })).status).toBe(200);
    expect((await fetch(`${api.url}${resource}`, { method: 'POST', headers: { 'x-api-key': 'wrong' } })).status).toBe(404);
  });
});
