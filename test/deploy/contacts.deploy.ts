/** The contacts stack, deployed: what its clients see, before and after a second deployment, and that nothing is left when it goes. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiKinds } from '../../bin/contacts-api.ts';
import { gatewayResponse } from '../../bin/gateway-responses.ts';
import { cors } from '../../handlers/cors.ts';
import { type Answer, type LocalAws, startLocalAws } from './local-aws.ts';
import { ProjectCopy } from './project-copy.ts';
import { pythonTools } from './python-tools.ts';

const tools = pythonTools();
const folder = 'folder' in tools ? tools.folder : undefined;
if ('missing' in tools) console.warn(`Nothing is deployed: this needs ${tools.missing}`);

/** Files, what is there, and what the second deployment has in its place: another answer, and a first attempt that never ends. */
const secondRelease = [
  ['handlers/json-response.ts', "'content-type': 'application/json'", "'x-deployment': '2', 'content-type': 'application/json'"],
  [
    'handlers/create-contact.ts',
    'const account = accountOf(event);',
    "const account = accountOf(event); if (event.body?.includes('Hangs') && idempotency.attempt === 1) await new Promise(() => {});",
  ],
] as const;

describe.skipIf(folder === undefined)('the contacts stack', () => {
  let aws: LocalAws;
  let project: ProjectCopy;

  const cdk = (...args: string[]) => aws.run(join(project.folder, 'node_modules/.bin/cdk'), args, project.folder);
  const awsJson = async (...args: string[]) => JSON.parse((await aws.run('aws', [...args, '--output', 'json'])) || '{}');

  beforeAll(async () => {
    // As on a machine where people work with AWS: whatever is set there, all of this goes to the local one.
    vi.stubEnv('AWS_PROFILE', 'no-such-profile');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:9');
    project = await ProjectCopy.make();
    aws = await startLocalAws(folder ?? '');
    await cdk('bootstrap');
  });
  afterAll(async () => {
    await aws?.stop();
    await project?.remove();
    vi.unstubAllEnvs();
  });

  describe.each(apiKinds)('with api=%s', api => {
    const context = ['-c', `api=${api}`, '-c', 'disposable=true'];
    const key = randomUUID();
    const contact = { name: 'ACME Corp', type: 'client' };
    let before: Awaited<ReturnType<typeof inventory>>;
    let url: string;
    let apiKey: string;
    let first: Answer;

    const send = (facts: { method?: string; path?: string; key?: string; body?: unknown; apiKey?: string } = {}) =>
      aws.send(`${url}${facts.path ?? ''}`, {
        method: facts.method ?? 'POST',
        headers: {
          'content-type': 'application/json',
          'x-api-key': facts.apiKey ?? apiKey,
          ...(facts.key === undefined ? {} : { 'idempotency-key': facts.key }),
        },
        ...(['GET', 'DELETE'].includes(facts.method ?? '') ? {} : { body: JSON.stringify(facts.body ?? contact) }),
      });
    const contactsNamed = async (name: string) =>
      JSON.parse((await send({ method: 'GET' })).body).contacts.filter((found: { name: string }) => found.name === name);

    async function deploy(): Promise<Record<string, string>> {
      const outputs = join(project.folder, 'outputs.json');
      await cdk('deploy', '--require-approval', 'never', '--outputs-file', outputs, ...context);
      return JSON.parse(await readFile(outputs, 'utf8')).Contacts;
    }

    /** Whatever there is of the kinds that the stack makes. */
    async function inventory() {
      const [stacks, functions, restApis, httpApis, tables, logs, alarms, dashboards, roles, keys, usagePlans] = await Promise.all([
        awsJson('cloudformation', 'list-stacks', '--query', "StackSummaries[?StackStatus!='DELETE_COMPLETE'].StackName"),
        awsJson('lambda', 'list-functions', '--query', 'Functions[].FunctionName'),
        awsJson('apigateway', 'get-rest-apis', '--query', 'items[].name'),
        awsJson('apigatewayv2', 'get-apis', '--query', 'Items[].Name'),
        awsJson('dynamodb', 'list-tables', '--query', 'TableNames'),
        awsJson('logs', 'describe-log-groups', '--query', 'logGroups[].logGroupName'),
        awsJson('cloudwatch', 'describe-alarms', '--query', 'MetricAlarms[].AlarmName'),
        awsJson('cloudwatch', 'list-dashboards', '--query', 'DashboardEntries[].DashboardName'),
        awsJson('iam', 'list-roles', '--query', 'Roles[].RoleName'),
        awsJson('apigateway', 'get-api-keys', '--query', 'items[].name'),
        awsJson('apigateway', 'get-usage-plans', '--query', 'items[].name'),
      ]);
      return { stacks, functions, restApis, httpApis, tables, logs, alarms, dashboards, roles, keys, usagePlans };
    }

    it('deploys, and says where it is and how to get an API key', async () => {
      before = await inventory();
      const { ContactsUrl, ApiKeyCommand } = await deploy();
      expect(ContactsUrl).toMatch(/^https:\/\/\w+\.execute-api\..*\/api\/v1\/developers\/contacts$/);
      url = ContactsUrl ?? '';
      apiKey = (await aws.run('bash', ['-c', ApiKeyCommand ?? ''])).trim();
      expect(apiKey).toMatch(/^\S{20,}$/);
      const added = Object.entries(await inventory()).filter(([kind, names]) => names.length > before[kind as keyof typeof before].length);
      const ofItsKind = api === 'rest' ? ['restApis', 'keys', 'usagePlans'] : ['httpApis'];
      expect(added.map(([kind]) => kind).toSorted()).toEqual(
        ['stacks', 'functions', 'tables', 'logs', 'alarms', 'dashboards', 'roles', ...ofItsKind].toSorted(),
      );
    });

    it.each(['', 'nonsense'])('lets nobody in with the API key "%s"', async wrong => {
      expect([401, 403]).toContain((await send({ apiKey: wrong })).status);
    });

    // An HTTP API has words of its own, which nobody can change.
    it.runIf(api === 'rest')('answers like its handlers what reaches none of them', async () => {
      for (const [facts, name] of [
        [{ apiKey: 'nonsense' }, 'INVALID_API_KEY'],
        [{ path: '/batch/nothing' }, 'MISSING_AUTHENTICATION_TOKEN'],
      ] as const) {
        const { status, body } = gatewayResponse(name);
        const headers = { 'content-type': 'application/problem+json', 'access-control-allow-origin': '*' };
        expect(await send(facts)).toMatchObject({ status, headers, body });
      }
    });

    it('creates', async () => {
      first = await send({ key });
      expect(first).toMatchObject({ status: 201, headers: { 'content-type': 'application/json' } });
      expect(first.headers['idempotent-replayed']).toBeUndefined();
      expect(JSON.parse(first.body)).toMatchObject(contact);
    });

    it('replays, byte for byte', async () => {
      const replay = await send({ key });
      expect(replay.headers['idempotent-replayed']).toBe('true');
      expect({ status: replay.status, body: replay.body, location: replay.headers.location }).toEqual({
        status: first.status,
        body: first.body,
        location: first.headers.location,
      });
      expect(await contactsNamed(contact.name)).toHaveLength(1);
    });

    it('refuses the key for another operation, and keeps the answer', async () => {
      const conflict = await send({ key, path: '/batch', body: { contacts: [contact] } });
      expect(conflict).toMatchObject({ status: 422, headers: { 'content-type': 'application/problem+json' } });
      expect(JSON.parse(conflict.body).error).toEqual({
        type: 'idempotency_conflict',
        message: 'This Idempotency-Key has already been used with a different request.',
      });
      expect((await send({ key })).body).toBe(first.body);
    });

    it('serves the page that a refusal refers to, and the description of it all, without an API key', async () => {
      const { type } = JSON.parse((await send({ key, path: '/batch', body: { contacts: [contact] } })).body);
      const { hash, href } = new URL(type);
      const page = await aws.send(href.replace(hash, ''), { method: 'GET', headers: {} });
      expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
      expect(page.body).toContain(`id="${hash.slice(1)}"`);
      const description = await aws.send(url.replace(/contacts$/, 'openapi.json'), { method: 'GET', headers: {} });
      expect(JSON.parse(description.body).externalDocs.url).toBe(href.replace(hash, ''));
    });

    it('does it once for duplicates that come together', async () => {
      const together = { name: 'Together', type: 'client' };
      const shared = randomUUID();
      const answers = await Promise.all(Array.from({ length: 12 }, () => send({ key: shared, body: together })));
      expect(await contactsNamed('Together')).toHaveLength(1);
      const [successes, others] = [answers.filter(({ status }) => status === 201), answers.filter(({ status }) => status !== 201)];
      expect(successes.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
      expect(new Set(successes.map(({ body }) => body)).size).toBe(1);
      for (const other of others) {
        expect(other).toMatchObject({ status: 409, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
        expect(JSON.parse(other.body).error.type).toBe('idempotency_in_progress');
      }
    });

    it('creates a batch, once', async () => {
      const batchKey = randomUUID();
      const body = { contacts: ['One', 'Two', 'Three'].map(name => ({ name, type: 'client' })) };
      const batch = await send({ key: batchKey, path: '/batch', body });
      expect(batch.status).toBe(201);
      const replay = await send({ key: batchKey, path: '/batch', body });
      expect(replay.headers['idempotent-replayed']).toBe('true');
      expect(replay.body).toBe(batch.body);
      for (const { name } of body.contacts) expect(await contactsNamed(name)).toHaveLength(1);
    });

    it('reads, replaces, changes and deletes', async () => {
      const { id } = JSON.parse((await send({ body: { name: 'Short-lived', type: 'client' } })).body);
      const path = `/${id}`;
      expect((await send({ method: 'PUT', path, key: randomUUID(), body: { name: 'Replaced', type: 'client' } })).status).toBe(200);
      expect((await send({ method: 'PATCH', path, key: randomUUID(), body: { name: 'Changed' } })).status).toBe(200);
      expect(JSON.parse((await send({ method: 'GET', path })).body).name).toBe('Changed');
      const deletion = randomUUID();
      expect((await send({ method: 'DELETE', path, key: deletion })).status).toBe(204);
      const again = await send({ method: 'DELETE', path, key: deletion });
      expect([again.status, again.headers['idempotent-replayed']]).toEqual([204, 'true']);
      expect((await send({ method: 'GET', path })).status).toBe(404);
    });

    it('does not keep a failure: the same key with a better body succeeds', async () => {
      const better = randomUUID();
      expect((await send({ key: better, body: { type: 'client' } })).status).toBe(422);
      expect((await send({ key: better, body: { name: 'Better', type: 'client' } })).status).toBe(201);
    });

    it('refuses a malformed key', async () => {
      const refusal = await send({ key: 'a,b' });
      expect([refusal.status, JSON.parse(refusal.body).error.type]).toEqual([400, 'idempotency_key_invalid']);
    });

    it('ignores the key of a GET', async () => {
      const read = await send({ method: 'GET', key });
      expect([read.status, read.headers['idempotent-replayed']]).toEqual([200, undefined]);
    });

    it('lets pages of other sites send a key', async () => {
      const headers = {
        origin: 'https://example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'idempotency-key',
      };
      const preflight = await aws.send(url, { method: 'OPTIONS', headers });
      expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } });
      const allowed = preflight.headers['access-control-allow-headers']?.toLowerCase().split(',');
      expect(allowed?.toSorted()).toEqual(cors.requestHeaders.map(name => name.toLowerCase()).toSorted());
    });

    it('lets pages of other sites read its answers', async () => {
      const { headers } = await send({ key });
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-expose-headers']?.toLowerCase()).toContain('idempotent-replayed');
    });

    it('still replays after a deployment that changes the answers', async () => {
      for (const [file, old, changed] of secondRelease) await project.edit(file, old, changed);
      const { ContactsUrl } = await deploy();
      expect(ContactsUrl).toBe(url);
      const fresh = await send({ key: randomUUID(), body: { name: 'After', type: 'client' } });
      expect([fresh.status, fresh.headers['x-deployment']]).toEqual([201, '2']);
      const replay = await send({ key });
      expect([replay.headers['idempotent-replayed'], replay.headers['x-deployment'], replay.body]).toEqual(['true', undefined, first.body]);
    });

    it('runs again, after its lease, what did not end in its time', async () => {
      const hangs = { key: randomUUID(), body: { name: 'Hangs', type: 'client' } };
      const answers = await Promise.all([send(hangs), send(hangs)]);
      const [impatient, hung] = answers.toSorted((a, b) => a.status - b.status);
      expect(impatient).toMatchObject({ status: 409, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
      expect(hung?.status).toBeGreaterThanOrEqual(500);
      // The lease ends a second after the function has; a repeat waits for three.
      const repeat = await send(hangs);
      expect([repeat.status, repeat.headers['idempotent-replayed']]).toEqual([201, undefined]);
      const replay = await send(hangs);
      expect([replay.status, replay.headers['idempotent-replayed'], replay.body]).toEqual([201, 'true', repeat.body]);
      expect(await contactsNamed('Hangs')).toHaveLength(1);
    });

    it('is destroyed, and nothing is left', async () => {
      await cdk('destroy', '--force', ...context);
      expect(await inventory()).toEqual(before);
      for (const [file, old, changed] of secondRelease) await project.edit(file, changed, old);
    });
  });
});
