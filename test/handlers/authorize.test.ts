/** The HTTP API's authorizer, on DynamoDB Local; the keys are made as the stack's output says. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SynthesizedStack } from '../cdk/synthesized.ts';
import { apiKeysTableDefinition } from '../support/api-keys.ts';
import { createTable, dynamoDbEndpoint, newClient } from '../support/dynamodb.ts';

const client = newClient();
let table: string;
let authorize: typeof import('../../handlers/authorize.ts')['handler'];
beforeAll(async () => {
  table = await createTable(apiKeysTableDefinition);
  authorize = await authorizerOf(table);
});

/** As Lambda loads it: it keeps the environment that it was loaded in. */
async function authorizerOf(tableName: string) {
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamoDbEndpoint());
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('API_KEYS_TABLE_NAME', tableName);
  vi.resetModules();
  return (await import('../../handlers/authorize.ts')).handler;
}

/** What the authorizer reads is there; the rest of the event is not needed. */
const requestWith = (headers?: object) => ({ version: '2.0', type: 'REQUEST', headers }) as unknown as APIGatewayRequestAuthorizerEventV2;
const answerTo = (apiKey: string) => authorize(requestWith({ 'x-api-key': apiKey }));
const hashOf = (apiKey: string) => createHash('sha256').update(apiKey).digest('hex');

async function addKey(accountId: unknown): Promise<string> {
  const apiKey = randomUUID();
  await client.send(new PutCommand({ TableName: table, Item: { keyHash: hashOf(apiKey), accountId } }));
  return apiKey;
}

describe('the authorizer', () => {
  it('finds the account of a key', async () => {
    expect(await answerTo(await addKey('acme'))).toEqual({ isAuthorized: true, context: { accountId: 'acme' } });
  });

  it('refuses a key that was taken away', async () => {
    const apiKey = await addKey('acme');
    await client.send(new DeleteCommand({ TableName: table, Key: { keyHash: hashOf(apiKey) } }));
    expect(await answerTo(apiKey)).toEqual({ isAuthorized: false });
  });

  it('refuses no key, an unknown one, and what only looks like one', async () => {
    const apiKey = await addKey('acme');
    const upper = apiKey.toUpperCase();
    for (const presented of ['', 'unknown', hashOf(apiKey), `${apiKey} `, `${apiKey},${apiKey}`, upper, 'ü', 'x'.repeat(8_000)]) {
      expect(await answerTo(presented)).toEqual({ isAuthorized: false });
    }
    expect(await authorize(requestWith({ authorization: apiKey }))).toEqual({ isAuthorized: false });
    expect(await authorize(requestWith())).toEqual({ isAuthorized: false });
  });

  it.each([undefined, null, '', 5, 'acme#email', 'a b', 'x'.repeat(65), 'acme\n'])(
    'refuses a key with the account %j, and says so without the key',
    async accountId => {
      const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
      const apiKey = await addKey(accountId);
      expect(await answerTo(apiKey)).toEqual({ isAuthorized: false });
      expect(logged).toHaveBeenCalledWith(expect.stringContaining(hashOf(apiKey)));
      expect(JSON.stringify(logged.mock.calls)).not.toContain(apiKey);
      logged.mockRestore();
    },
  );

  it('allows nothing when the table can not be asked', async () => {
    const blind = await authorizerOf('no-such-table');
    await expect(blind(requestWith({ 'x-api-key': 'any' }))).rejects.toThrow('non-existent table');
  });

  it('is not loaded without the name of its table', async () => {
    await expect(authorizerOf('')).rejects.toThrow('the environment variable API_KEYS_TABLE_NAME must name a table');
  });
});

describe("the stack's command for a new API key", () => {
  it('makes one that the authorizer knows, and keeps it to itself', async () => {
    const stack = new SynthesizedStack({ api: 'http' });
    const command: string = stack
      .output('ApiKeyCommand')
      .Value['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : table))
      .join('');
    stack.remove();
    const folder = mkdtempSync(join(tmpdir(), 'aws-'));
    // In the place of AWS's command line: writes down what it is given.
    writeFileSync(join(folder, 'aws'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${join(folder, 'arguments')}\n`);
    chmodSync(join(folder, 'aws'), 0o755);
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
    const [, , , TableName, , item = ''] = readFileSync(join(folder, 'arguments'), 'utf8').split('\n');
    rmSync(folder, { recursive: true });
    const apiKey = stdout.trim();
    expect(apiKey).toMatch(/^[0-9a-f]{64}$/);
    expect(TableName).toBe(table);
    expect(item).not.toContain(apiKey);
    await client.send(new PutItemCommand({ TableName, Item: JSON.parse(item) }));
    expect(await answerTo(apiKey)).toEqual({ isAuthorized: true, context: { accountId: 'acme' } });
  });
});
