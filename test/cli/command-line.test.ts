import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandOptions, commonOptions, readCommandLine, UsageError } from '../../lib/cli/command-line.ts';
import { help } from '../../lib/cli/help.ts';
import { recordLines, viewOf } from '../../lib/cli/record-view.ts';
import { newClaim } from '../../lib/protocol/record.ts';

const record = ['--key', 'k', '--scope', 's'];
const read = (line: readonly string[], env = {}) => readCommandLine(line, { IDEMPOTENCY_TABLE_NAME: 'table', ...env });

describe('readCommandLine', () => {
  it('takes the table and the endpoint from the arguments before the environment', () => {
    expect(read(['inspect', ...record])).toMatchObject({ tableName: 'table', endpoint: undefined, region: undefined, isJson: false });
    const env = { DYNAMODB_ENDPOINT: 'http://localhost:1' };
    expect(read(['inspect', ...record], env)).toMatchObject({ endpoint: 'http://localhost:1' });
    const where = ['--table', 'other', '--endpoint', 'http://localhost:2', '--region', 'eu-west-1', '--json'];
    expect(read(['inspect', ...record, ...where], env)).toMatchObject({
      tableName: 'other',
      endpoint: 'http://localhost:2',
      region: 'eu-west-1',
      isJson: true,
    });
    expect(read(['inspect', ...record], { DYNAMODB_ENDPOINT: '' })).toMatchObject({ endpoint: undefined });
  });

  it('does nothing that was not asked for', () => {
    expect(read(['release', ...record])).toMatchObject({ isConfirmed: false, isForced: false });
    expect(read(['release', ...record, '--yes', '--force'])).toMatchObject({ isConfirmed: true, isForced: true });
    expect(read(['inspect', ...record])).toMatchObject({ showsBody: false });
    expect(read(['complete', ...record, '--status', '204'])).toMatchObject({
      isConfirmed: false,
      status: 204,
      headers: [],
      multiValueHeaders: false,
      bodyFile: undefined,
    });
  });

  it('reads headers, with values that are whatever they are', () => {
    const headers = ['--header', 'Location: https://a.example/b:c', '--header=ETag:"a b"  ', '--header', 'x-empty:'];
    expect(read(['complete', ...record, '--status', '201', ...headers])).toMatchObject({
      headers: [
        ['location', 'https://a.example/b:c'],
        ['etag', '"a b"'],
        ['x-empty', ''],
      ],
    });
  });

  it.each([[[]], [['--help']], [['-h']], [['release', '--help']]])('shows the help: %j', line => {
    expect(readCommandLine(line, {})).toEqual({ command: 'help' });
  });

  it.each([
    [['delete', ...record], 'the command must be inspect, release or complete, and come first; got "delete"'],
    [['--json', 'inspect', ...record], 'come first; got "--json"'],
    [['inspect', ...record, 'more'], 'Unexpected argument'],
    [['inspect', ...record, '--yes'], "Unknown option '--yes'"],
    [['release', ...record, '--body'], "Unknown option '--body'"],
    [['inspect'], 'which record?'],
    [['inspect', '--key', 'k'], 'whose key? Give --scope, or one or more of --api-key-id, --api-key, --issuer'],
    [['inspect', ...record, '--principal', 'p'], '--scope takes the place of --principal'],
    [['inspect', '--key', 'k', '--scope', ''], '--scope is empty'],
    [['inspect', '--key', 'k', '--api-key-id', ''], '--api-key-id is empty'],
    [['inspect', '--key', 'k', '--issuer', 'i'], '--issuer goes with --subject'],
    [['inspect', '--key', 'k', '--api-key', 'a', '--api-key-id', 'b'], 'give --api-key-id alone'],
    [['inspect', '--id=short'], '--id takes the "id" of an event'],
    [['inspect', `--id=${'a'.repeat(43)}`, '--key', 'k'], '--id says it all'],
    [['inspect', `--id=${'a'.repeat(43)}`, '--scope', 's'], '--id says it all'],
    [['inspect', `--id=${'a'.repeat(43)}`, '--subject', 's'], '--id says it all'],
    [['inspect', ...record, '--endpoint', 'localhost'], 'the endpoint must be a URL, got "localhost"'],
    [['inspect', ...record, '--table', ''], 'no table: give --table, or set IDEMPOTENCY_TABLE_NAME'],
    [['complete', ...record], 'which status should a repeat get?'],
    [['complete', ...record, '--status', '404'], '--status must be 2xx, got "404"'],
    [['complete', ...record, '--status', '2001'], '--status must be 2xx'],
    [['complete', ...record, '--status', '201', '--header', 'no colon'], '--header must be like'],
    [['complete', ...record, '--status', '201', '--header', 'a: b\r\nc: d'], '--header must be like'],
  ])('refuses %j', (line, message) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(message);
  });
});

describe('the help', () => {
  it('has every option, and no other', () => {
    const options = [...Object.keys(commonOptions), ...Object.values(commandOptions).flatMap(Object.keys), 'help'];
    const named = [...help.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual([...new Set(options)].sort());
  });

  it('fits a terminal', () => {
    expect(Math.max(...help.split('\n').map(line => line.length))).toBeLessThanOrEqual(130);
  });
});

describe('docs/cli.md', async () => {
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');

  it('has no command that is wrong', () => {
    const lines = page
      .replace(/\\\n */g, '')
      .split('\n')
      .map(line => line.trim());
    const commands = lines.filter(line => line.startsWith('npx middy-idempotency-key '));
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      const [, , ...args] = [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
      expect(() => read(args), command).not.toThrow();
    }
  });

  it('has the output of inspect as it is', () => {
    const now = Date.UTC(2026, 10, 24, 3, 2, 48, 500);
    const claimedAt = Date.UTC(2026, 10, 24, 2, 11, 40, 107);
    const id = 'k2JqZfP3xS0yQv9cXUj1mW8nB4tL7hRaEoDgI5wYuTs';
    const claim = newClaim({ id, fingerprint: '', owner: '', attempt: 1, now: claimedAt, leaseMs: 11_000, retentionMs: 86_400_000 });
    const lines = recordLines(viewOf(claim, now), now).map(line => `   ${line}\n`);
    expect(page).toContain(lines.join(''));
  });
});
