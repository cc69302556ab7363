/** The command line names the record that a request had, whoever called. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readCommandLine, UsageError } from '../../lib/cli/command-line.ts';
import { recordIdOf } from '../../lib/cli/record-name.ts';
import { identify, receive } from '../../lib/identify.ts';
import type { IdempotencyOptions } from '../../lib/index.ts';
import { readOptions } from '../../lib/options.ts';
import { newClient } from '../support/dynamodb.ts';

const settingsWith = (options: IdempotencyOptions = {}) => readOptions({ tableName: 'table', client: newClient(), ...options });

function idByCommandLine(args: readonly string[]): string {
  const line = readCommandLine(['inspect', '--table', 'table', ...args], {});
  if (line.command !== 'inspect') throw new Error('another command');
  const { name, scope } = line;
  if (name.kind === 'id') return name.id;
  return recordIdOf(name, settingsWith(scope === undefined ? {} : { scope: () => scope }));
}

function idOfRequest(event: object, options: IdempotencyOptions = {}): string {
  const settings = settingsWith({ ...options, methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], key: () => 'the key' });
  const identified = identify(receive(event, settings), event, {}, settings);
  if (identified.kind !== 'keyed') throw new Error(identified.kind);
  return identified.request.id;
}

// biome-ignore lint/suspicious/noExplicitAny: the events differ, and each line below knows its own
const fixture = async (name: string): Promise<any> =>
  JSON.parse(await readFile(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));

// biome-ignore lint/suspicious/noExplicitAny: as above
const callers: readonly (readonly [string, (event: any) => readonly (readonly [string, string])[]])[] = [
  ['rest-api-key', ({ requestContext: { identity } }) => [['api-key-id', identity.apiKeyId]]],
  [
    'rest-cognito',
    ({ requestContext: { authorizer, identity } }) => [
      ['subject', authorizer.claims.sub],
      ['issuer', authorizer.claims.iss],
      ...(identity.apiKeyId ? [['api-key-id', identity.apiKeyId] as const] : []),
    ],
  ],
  ['rest-lambda-authorizer', ({ requestContext: { authorizer } }) => [['principal', authorizer.principalId]]],
  ['rest-iam', ({ requestContext: { identity } }) => [['user-arn', identity.userArn]]],
  [
    'rest-cognito-identity-pool',
    ({ requestContext: { identity } }) => [
      ['user-arn', identity.userArn],
      ['cognito-identity', identity.cognitoIdentityId],
    ],
  ],
  [
    'http-api-jwt',
    ({ requestContext: { authorizer } }) => [
      ['subject', authorizer.jwt.claims.sub],
      ['issuer', authorizer.jwt.claims.iss],
    ],
  ],
  [
    'http-api-iam',
    ({ requestContext: { authorizer } }) => [
      ['user-arn', authorizer.iam.userArn],
      ['cognito-identity', authorizer.iam.cognitoIdentity.identityId],
    ],
  ],
];

describe('the record of a request', () => {
  it.each(callers)('is named by its key and its caller: %s', async (name, identity) => {
    const event = await fixture(name);
    const args = identity(event).flatMap(([option, value]) => [`--${option}`, value]);
    expect(idByCommandLine(['--key', 'the key', ...args])).toBe(idOfRequest(event));
  });

  it('is named by an API key that has no id', async () => {
    const event = { httpMethod: 'POST', path: '/x', headers: { 'X-Api-Key': 'secret' }, requestContext: {} };
    expect(idByCommandLine(['--key', 'the key', '--api-key', 'secret'])).toBe(idOfRequest(event));
  });

  it('is named by a scope of its own', async () => {
    const event = await fixture('rest-api-key');
    expect(idByCommandLine(['--key', 'the key', '--scope', 'tenant-7'])).toBe(idOfRequest(event, { scope: () => 'tenant-7' }));
  });

  it('is named by the key as the client sent it, quoted or not', () => {
    expect(idByCommandLine(['--key', '"a"', '--scope', 's'])).toBe(idByCommandLine(['--key', 'a', '--scope', 's']));
  });

  it('is not named by a key that no client can have sent', () => {
    expect(() => idByCommandLine(['--key', 'a,b', '--scope', 's'])).toThrow(UsageError);
    expect(() => idByCommandLine(['--key', '', '--scope', 's'])).toThrow('it must not be empty');
  });
});
