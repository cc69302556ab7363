/** What the API says of itself, called as Lambda calls it: it is valid, and true. */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { gatewayResponse, gatewayResponseTypes } from '../../bin/gateway-responses.ts';
import { publicRoutes, routes } from '../../handlers/routes.ts';
import { dialects, requestOf } from '../support/forms.ts';
import { loadHandlers } from '../support/handlers.ts';
import { faultsOf } from '../support/openapi.ts';

type Handler = (event: object, context: object) => Promise<APIGatewayProxyResult>;

const policyUrl = 'https://api.example/prod/api/v1/developers/idempotency';
let call: Awaited<ReturnType<typeof loadHandlers>>['call'];
const handlers = new Map<string, Handler>();
beforeAll(async () => {
  vi.stubEnv('IDEMPOTENCY_POLICY_URL', policyUrl);
  ({ call } = await loadHandlers());
  for (const { name, entry } of publicRoutes) {
    handlers.set(name, (await import(/* @vite-ignore */ new URL(`../../handlers/${entry}`, import.meta.url).href)).handler);
  }
});

async function get(name: string, dialect: (typeof dialects)[number] = 'rest'): Promise<APIGatewayProxyResult> {
  const route = publicRoutes.find(candidate => candidate.name === name);
  const handler = handlers.get(name);
  if (route === undefined || handler === undefined) throw new Error(`there is no route "${name}"`);
  return handler(requestOf({ dialect, method: route.method, path: route.resource, apiKey: null }), {});
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows the part of the document that it looks at
const documentOf = async (): Promise<any> => JSON.parse((await get('openapi')).body);

describe.each(dialects)('the documentation in the dialect %s', dialect => {
  it.each([
    ['idempotency-policy', 'text/html; charset=utf-8'],
    ['openapi', 'application/json'],
  ])('%s is for everybody, on any page', async (name, contentType) => {
    const { statusCode, headers } = await get(name, dialect);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': contentType,
      'Access-Control-Allow-Origin': '*',
      'cache-control': 'public, max-age=3600',
    });
    expect(handlers.get(name)?.length).toBeLessThan(3);
  });
});

describe('the policy page', () => {
  it('has the section that a refusal refers to', async () => {
    const { json } = await call('create-contact', { key: 'two, keys', body: '{}' });
    const { href, hash } = new URL(json.type);
    expect(href).toBe(`${policyUrl}#idempotency_key_invalid`);
    const { body } = await get('idempotency-policy');
    expect(body).toContain(`id="${hash.slice(1)}"`);
    expect(body).toContain('the account of the API key that it is sent with');
  });

  it('may load nothing, and has nothing to', async () => {
    const { headers, body } = await get('idempotency-policy');
    expect(headers?.['content-security-policy']).toBe("default-src 'none'; style-src 'unsafe-inline'");
    expect(body).not.toMatch(/<script|<link|<img|\ssrc=|url\(|style="/);
  });
});

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    expect(faultsOf(await documentOf())).toEqual([]);
  });

  it('has the routes, and no other', async () => {
    const { paths } = await documentOf();
    const described = Object.entries<object>(paths).flatMap(([path, item]) =>
      Object.keys(item).map(method => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, resource }) => `${method} ${resource}`).sort());
  });

  it('takes a key where the handlers do, and there only', async () => {
    const { paths } = await documentOf();
    for (const { method, resource, idempotent } of routes) {
      const operation = JSON.stringify(paths[resource][method.toLowerCase()]);
      expect(operation.includes('#/components/parameters/IdempotencyKey'), resource).toBe(idempotent);
      expect(operation.includes('#/components/headers/Idempotent-Replayed'), resource).toBe(idempotent);
      expect(operation.includes('idempotency_conflict'), resource).toBe(idempotent);
    }
  });

  it('leads to the policy page, and back to where the API is', async () => {
    const { externalDocs, servers } = await documentOf();
    expect(externalDocs.url).toBe(policyUrl);
    const [, document] = publicRoutes;
    // With a stage in front, and without.
    expect(new URL(servers[0].url, `https://api.example/prod${document?.resource}`).pathname).toBe('/prod/');
    expect(new URL(servers[0].url, `https://api.example${document?.resource}`).pathname).toBe('/');
  });

  it('describes contacts with the members that they have', async () => {
    const { components } = await documentOf();
    const full = { name: 'ACME Corp', type: 'client', email: 'info@documented.example', phone: '+49 30 1234', notes: 'n' };
    const { json } = await call('create-contact', { body: JSON.stringify(full) });
    expect(Object.keys(components.schemas.Contact.properties).sort()).toEqual(Object.keys(json).sort());
    for (const name of components.schemas.Contact.required) expect(json).toHaveProperty(name);
    expect(Object.keys(components.schemas.ContactInput.properties).sort()).toEqual(Object.keys(full).sort());
    const { json: page } = await call('list-contacts');
    expect(Object.keys(page).sort()).toEqual(Object.keys(components.schemas.ContactPage.properties).sort());
  });

  it.each(gatewayResponseTypes)('describes what a REST API answers without a handler: %s', async name => {
    const document = await documentOf();
    document.components.responses.Problem.content['application/problem+json'].example = JSON.parse(gatewayResponse(name).body);
    expect(faultsOf(document)).toEqual([]);
  });

  it('has the success of each operation', async () => {
    const { paths } = await documentOf();
    const contact = '{"name":"ACME Corp","type":"client"}';
    const { json } = await call('create-contact', { body: contact });
    for (const { name, method, resource } of routes) {
      const body = name === 'create-contacts' ? `{"contacts":[${contact}]}` : contact;
      const { status } = await call(name, { contactId: json.id, body });
      expect(Object.keys(paths[resource][method.toLowerCase()].responses), name).toContain(String(status));
    }
  });
});
