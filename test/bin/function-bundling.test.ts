import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fromIni, fromProcess, fromSSO, fromTokenFile } from '../../bin/credentials-left-out.ts';
import { functionBundling } from '../../bin/function-bundling.ts';
import { runBundle } from '../cdk/run-bundle.ts';
import { bundle, esbuildOptions } from '../support/bundle.ts';
import { codeBlocks } from '../support/readme.ts';

const folder = mkdtempSync(join(tmpdir(), 'function-bundling-'));
const options = esbuildOptions(functionBundling);
let minimal: Awaited<ReturnType<typeof bundle>>;

beforeAll(async () => {
  minimal = await bundleOf('ours');
});

afterEach(() => void vi.unstubAllEnvs());

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a minimal handler's bundle", () => {
  it('has none of the credential sources that a Lambda function never has', () => {
    const files = Object.keys(minimal.inputs).join('\n');
    expect(files).toContain('@aws-sdk/credential-provider-env/');
    expect(files).toContain('@aws-sdk/credential-provider-http/');
    expect(files).not.toMatch(/credential-provider-(ini|process|sso|web-identity|login|cognito-identity)\//);
    expect(files).not.toMatch(/@aws-sdk\/(nested-clients|token-providers)\//);
  });

  it('has nothing for streams of events', () => {
    expect(Object.keys(minimal.inputs).join('\n')).not.toContain('event-streams/');
  });

  it("is larger than that of Powertools' middleware, bundled in the same way, by less than a hundredth", async () => {
    expect(minimal.bytes).toBeLessThan((await bundleOf('powertools-middy')).bytes * 1.01);
  });
});

it('is what the command in docs/performance.md makes, for a bundle of somebody else', async () => {
  const [command = ''] = (await codeBlocks('docs/performance.md', 'sh')).filter(block => block.startsWith('esbuild'));
  const outfile = join(folder, 'by-command.mjs');
  const ours = command
    .replace('handler.ts', entryOf('ours'))
    .replace('index.mjs', outfile)
    // Somebody else has this package built.
    .replace('--conditions=', '--conditions=middy-idempotency-key:source,');
  const commands = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
  const cwd = fileURLToPath(new URL('../../bin', import.meta.url));
  await promisify(execFile)('sh', ['-c', ours], { cwd, env: { ...process.env, PATH: `${commands}:${process.env.PATH}` } });
  expect(statSync(outfile).size).toBe(minimal.bytes);
});

describe('credentials in the bundle', () => {
  it('come from the environment', async () => {
    const run = await runMinimal({ AWS_ACCESS_KEY_ID: 'from-the-environment' });
    expect(run).toMatchObject({ answer: { statusCode: 201 }, accessKeyIds: new Set(['from-the-environment']) });
  });

  it('come from the container endpoint, as with SnapStart', async () => {
    const asked: (string | undefined)[] = [];
    const server = await startServer(request => {
      asked.push(request.headers.authorization);
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      return { AccessKeyId: 'from-the-endpoint', SecretAccessKey: 'any', Token: 'any', Expiration };
    });
    const run = await runMinimal({
      ...withoutCredentials,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'a-token',
    });
    server.close();
    expect(run).toMatchObject({ answer: { statusCode: 201 }, accessKeyIds: new Set(['from-the-endpoint']) });
    // Once for the claim and the completion: they are kept until they are about to expire.
    expect(asked).toEqual(['a-token']);
  });

  it.each(['AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'])('are refused, not looked for elsewhere, when %s names others', async variable => {
    const run = await runMinimal({ ...withoutCredentials, [variable]: 'any' });
    expect(run).toMatchObject({ answer: { statusCode: 503 }, accessKeyIds: new Set() });
    expect(run.stderr).toContain('CredentialsLeftOutError');
  });

  it.each([
    ['AWS_PROFILE', fromIni, 'the shared configuration files, which AWS_PROFILE asks for'],
    ['AWS_PROFILE', fromProcess, 'the credential process, which AWS_PROFILE asks for'],
    ['AWS_WEB_IDENTITY_TOKEN_FILE', fromTokenFile, 'the web identity credential source, which AWS_WEB_IDENTITY_TOKEN_FILE asks for'],
  ])('say what is left out when %s is set, and are passed over when not', async (variable, source, text) => {
    vi.stubEnv(variable, undefined);
    await expect(source()()).rejects.toMatchObject({ tryNextLink: true });
    vi.stubEnv(variable, 'any');
    await expect(source()()).rejects.toMatchObject({
      tryNextLink: false,
      message: `this bundle was built without ${text} (see docs/performance.md)`,
    });
  });

  it('of SSO are asked for by the code alone, and refused', async () => {
    await expect(fromSSO()()).rejects.toMatchObject({ tryNextLink: false, message: expect.stringContaining('the SSO credential source') });
  });
});

const withoutCredentials = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_EC2_METADATA_DISABLED: 'true' };

function bundleOf(handler: string) {
  mkdirSync(join(folder, handler), { recursive: true });
  return bundle(entryOf(handler), join(folder, handler, 'index.mjs'), options);
}

function entryOf(handler: string): string {
  return fileURLToPath(new URL(`../../bench/handlers/${handler}.ts`, import.meta.url));
}

function runMinimal(environment: Readonly<Record<string, string | undefined>>) {
  const event = {
    httpMethod: 'POST',
    path: '/contacts',
    headers: { 'Idempotency-Key': 'a-key' },
    requestContext: { identity: { apiKeyId: 'api-key' } },
  };
  return runBundle(join(folder, 'ours'), event, { IDEMPOTENCY_TABLE_NAME: 'keys', ...environment }, {});
}

async function startServer(answer: (request: { readonly headers: { readonly authorization?: string } }) => object): Promise<Server> {
  const server = createServer((request, response) => void response.end(JSON.stringify(answer(request))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
