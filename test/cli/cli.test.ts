/** The command line on records that real requests have made, on DynamoDB Local. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { IdempotencyOptions } from '../../lib/index.ts';
import { runCli } from '../support/cli.ts';
import { dynamoDbEndpoint, newClient } from '../support/dynamodb.ts';
import { Gate, serverError, startFaultProxy } from '../support/fault-proxy.ts';
import { counting, deploy, newKey, requestOf } from '../support/forms.ts';

// A process that loads the SDK, while others do too.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => void vi.useRealTimers());

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = join(folder, newKey());
  await writeFile(file, content);
  return file;
}

const byKey = (key: string) => ['--key', key, '--api-key-id', 'caller-a'];

async function itemsOf(tableName: string) {
  const client = newClient();
  const { Items } = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  client.destroy();
  return Items;
}

/** A first attempt that stands in its handler, `agoMs` ago by its clock; `thaw` lets it go on. Its lease is of 30 s. */
async function standing(agoMs: number, options: IdempotencyOptions = {}) {
  const gate = new Gate();
  const handler = counting();
  let isFirst = true;
  const deployed = await deploy(
    'wrapper',
    async () => {
      const passes = !isFirst;
      isFirst = false;
      if (!passes) await gate.pass();
      return handler();
    },
    options,
  );
  const key = newKey();
  const send = () => deployed.lambda(requestOf({ key }));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - agoMs });
  const first = send();
  await gate.reached;
  vi.useRealTimers();
  const cli = (command: string, args: readonly string[] = [], endpoint?: string) =>
    runCli([command, ...byKey(key), '--table', deployed.tableName, ...args], endpoint === undefined ? {} : { endpoint });
  const thaw = () => {
    gate.open();
    return first;
  };
  return { ...deployed, key, send, cli, thaw, items: () => itemsOf(deployed.tableName) };
}

const abandoned = (options?: IdempotencyOptions) => standing(60_000, options);

describe('inspect', () => {
  it('shows a completed record, and neither its key nor what the response says', async () => {
    const secret = { statusCode: 201, headers: { location: '/contacts/secret-location' }, body: 'secret-body' };
    const { lambda, tableName, events } = await deploy(
      'middleware',
      counting(() => secret),
    );
    const key = newKey();
    await lambda(requestOf({ key }));
    const { code, stdout, stderr } = await runCli(['inspect', ...byKey(key), '--table', tableName]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^id +[\w-]{43}\nstate +completed\nattempt +1\nclaimed +\S+Z, (now|\d+ s ago)\nexpires +\S+Z, in 23 h 59 min\nstatus +201\nheaders +location\nbody +11 bytes, in the record\n\na repeat of the request gets this response\n$/,
    );
    expect(stdout).toContain(events[0]?.id);
    for (const hidden of [key, 'caller-a', 'secret']) expect(stdout).not.toContain(hidden);
  });

  it('finds the record by the id in an event, and shows the response when asked', async () => {
    const body = randomBytes(30_000).toString('hex');
    const { lambda, tableName, events } = await deploy(
      'middleware',
      counting(() => ({ statusCode: 201, headers: { 'x-a': '1' }, body })),
    );
    await lambda(requestOf({ key: newKey() }));
    // With "=", since an id may begin with a dash.
    const id = `--id=${events[0]?.id}`;
    const shown = await runCli(['inspect', id, '--body'], { env: { IDEMPOTENCY_TABLE_NAME: tableName } });
    expect(shown.stdout).toContain(`body     60000 bytes, in 1 body item\n\nx-a: 1\n\n${body}\n`);
    const { stdout } = await runCli(['inspect', id, '--table', tableName, '--json', '--body']);
    expect(JSON.parse(stdout)).toEqual({
      outcome: 'found',
      message: expect.any(String),
      record: {
        id: events[0]?.id,
        state: 'completed',
        standing: 'completed',
        attempt: 1,
        claimedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
        response: {
          statusCode: 201,
          headerNames: ['x-a'],
          bodyBytes: 60_000,
          bodyItems: 1,
          stored: { statusCode: 201, headers: { 'x-a': '1' }, body },
        },
      },
    });
    const { stdout: without } = await runCli(['inspect', id, '--table', tableName, '--json']);
    expect(JSON.parse(without).record.response).toEqual({ statusCode: 201, headerNames: ['x-a'], bodyBytes: 60_000, bodyItems: 1 });
  });

  it.each([
    [0, 'running', 'claimed; the lease lasts', 'a repeat of the request waits'],
    [60_000, 'unknown', 'claimed; the lease is over', 'a repeat of the request runs the handler'],
    [2 * 86_400_000, 'expired', 'expired; it counts as absent', 'a repeat of the request is a new one'],
  ])('says how a claim stands that is %i ms old', async (agoMs, standing_, state, message) => {
    const { cli, thaw } = await standing(agoMs);
    const { code, stdout } = await cli('inspect');
    expect(code).toBe(0);
    expect(stdout).toContain(state);
    expect(stdout).toContain(message);
    const json = JSON.parse((await cli('inspect', ['--json'])).stdout);
    expect(json.record).toMatchObject({ state: 'claimed', standing: standing_ });
    expect(Date.parse(json.record.leaseUntil) - Date.parse(json.record.claimedAt)).toBe(30_000);
    await thaw();
  });

  it('finds the record of a caller whom the option `scope` named', async () => {
    const { lambda, tableName, events } = await deploy('middleware', counting(), { scope: () => 'tenant-7' });
    const key = newKey();
    await lambda(requestOf({ key }));
    const { stdout } = await runCli(['inspect', '--key', key, '--scope', 'tenant-7', '--table', tableName]);
    expect(stdout).toContain(events[0]?.id);
  });

  it('finds no record of another caller, or another key', async () => {
    const { key, tableName, thaw } = await abandoned();
    for (const args of [
      ['--key', key, '--api-key-id', 'caller-b'],
      ['--key', key, '--scope', 'caller-a'],
      ['--key', newKey(), '--api-key-id', 'caller-a'],
    ]) {
      const { code, stdout, stderr } = await runCli(['inspect', ...args, '--table', tableName]);
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: 'there is no record: the key is free\n' });
    }
    await thaw();
  });
});

describe('release', () => {
  it('does nothing without --yes, and says what it would do', async () => {
    const { cli, items, thaw } = await abandoned();
    const before = await items();
    const { code, stdout } = await cli('release');
    expect(code).toBe(0);
    expect(stdout).toContain('would release the key: the next repeat of the request runs the handler. Add --yes to do it');
    expect(JSON.parse((await cli('release', ['--json'])).stdout).outcome).toBe('would-do');
    expect(await items()).toEqual(before);
    await thaw();
  });

  it('frees the key of an attempt that died: a retry runs, and the attempt, should it come back, changes nothing', async () => {
    const { cli, send, items, thaw } = await abandoned({ afterCrash: 'reject' });
    expect((await send()).statusCode).toBe(409);
    expect(await cli('release', ['--yes'])).toMatchObject({
      code: 0,
      stdout: 'released: the next repeat of the request runs the handler\n',
    });
    expect(await items()).toEqual([]);
    const retry = await send();
    expect(retry).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    const after = await items();
    await thaw();
    expect(await items()).toEqual(after);
    expect(await send()).toMatchObject({ body: retry.body, headers: { 'Idempotent-Replayed': 'true' } });
  });

  it('refuses while the lease lasts, unless it is forced', async () => {
    const { cli, items, thaw } = await standing(0);
    const before = await items();
    const { code, stdout, stderr } = await cli('release', ['--yes']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('an attempt may be running until the lease ends');
    expect(stderr).toMatch(/lease +until \S+Z, in \d+ s/);
    expect(await items()).toEqual(before);
    expect(await cli('release', ['--yes', '--force'])).toMatchObject({ code: 0 });
    expect(await items()).toEqual([]);
    await thaw();
  });

  it('refuses a completed record, even by force', async () => {
    const { lambda, tableName } = await deploy('middleware', counting());
    const key = newKey();
    await lambda(requestOf({ key }));
    const before = await itemsOf(tableName);
    const { code, stderr } = await runCli(['release', ...byKey(key), '--table', tableName, '--yes', '--force']);
    expect(code).toBe(1);
    expect(stderr).toContain('did not release the key: the record is completed');
    expect(await itemsOf(tableName)).toEqual(before);
  });

  it('has nothing to do for a record that has expired', async () => {
    const { cli, items, thaw } = await standing(2 * 86_400_000);
    const before = await items();
    expect(await cli('release', ['--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the record has expired: the key is free'),
    });
    expect(await items()).toEqual(before);
    await thaw();
  });
});

describe('complete', () => {
  it('has a retry replay the given response byte for byte, and the attempt too, should it come back', async () => {
    const { cli, send, thaw, items } = await abandoned({ afterCrash: 'reject' });
    const body = '\ufeff{"id":"42","name":"Zoë 🎈"}\r\n';
    const args = ['--status', '202', '--header', 'Content-Type: application/json', '--header', 'vary: a', '--header', 'vary: b'];
    const completion = [...args, '--header', 'set-cookie: a=b', '--body-file', await fileOf(body)];
    const before = await items();
    const dry = await cli('complete', completion);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toContain(
      `would complete the record: until it expires, a repeat of the request gets 202, content-type, vary, ${Buffer.byteLength(body)} bytes of body. Add --yes to do it`,
    );
    expect(await items()).toEqual(before);
    expect(await cli('complete', [...completion, '--yes'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^completed: until/) });
    const replay = {
      statusCode: 202,
      headers: { 'content-type': 'application/json', vary: 'a, b', 'Idempotent-Replayed': 'true' },
      body,
    };
    expect(await send()).toEqual(replay);
    // What the attempt has to say comes too late.
    expect(await thaw()).toEqual(replay);
    expect(await send()).toEqual(replay);
    const [expiry] = [before, await items()].map(list => list?.[0]?.expiresAt);
    expect((await items())?.[0]?.expiresAt).toEqual(expiry);
  });

  it('takes bytes that are no text, and of any size', async () => {
    const { key, tableName, send, thaw, items } = await abandoned();
    const bytes = randomBytes(450_000);
    const file = await fileOf(bytes);
    const where = [...byKey(key), '--table', tableName, '--status', '201', '--yes'];
    expect(await runCli(['complete', ...where, '--body-file', file])).toMatchObject({ code: 0 });
    expect(await items()).toHaveLength(3);
    expect(await send()).toMatchObject({ statusCode: 201, isBase64Encoded: true, body: bytes.toString('base64') });
    // A body of the attempt's own has other items.
    await thaw();
    expect(await send()).toMatchObject({ body: bytes.toString('base64') });
  });

  it('takes the body from the standard input', async () => {
    const { key, tableName, send, thaw } = await abandoned();
    const args = ['complete', ...byKey(key), '--table', tableName, '--status', '201', '--body-file', '-', '--yes'];
    expect(await runCli(args, { input: 'from a pipe\n' })).toMatchObject({ code: 0 });
    expect(await send()).toMatchObject({ body: 'from a pipe\n' });
    await thaw();
  });

  it('may have no body at all', async () => {
    const { cli, send, thaw } = await abandoned();
    expect(await cli('complete', ['--status', '204', '--yes'])).toMatchObject({ code: 0 });
    expect(await send()).toEqual({ statusCode: 204, headers: { 'Idempotent-Replayed': 'true' } });
    await thaw();
  });

  it('puts the headers where a load balancer with multi-value headers looks', async () => {
    const { cli, lambda, key, thaw } = await abandoned();
    const args = ['--status', '201', '--header', 'vary: a', '--header', 'vary: b', '--multi-value-headers', '--yes'];
    expect(await cli('complete', args)).toMatchObject({ code: 0 });
    expect(await lambda(requestOf({ key }))).toMatchObject({ multiValueHeaders: { vary: ['a', 'b'] } });
    await thaw();
  });

  it('refuses while the lease lasts, unless it is forced', async () => {
    const { cli, items, send, thaw } = await standing(0);
    const before = await items();
    const { code, stderr } = await cli('complete', ['--status', '201', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('an attempt may be running until the lease ends');
    expect(await items()).toEqual(before);
    expect(await cli('complete', ['--status', '299', '--yes', '--force'])).toMatchObject({ code: 0 });
    expect(await send()).toMatchObject({ statusCode: 299 });
    expect(await thaw()).toMatchObject({ statusCode: 299 });
  });

  it('refuses a completed record, even by force', async () => {
    const { lambda, tableName } = await deploy('middleware', counting());
    const key = newKey();
    const answer = await lambda(requestOf({ key }));
    const { code, stderr } = await runCli(['complete', ...byKey(key), '--table', tableName, '--status', '200', '--yes', '--force']);
    expect(code).toBe(1);
    expect(stderr).toContain('did not complete the record: the record is completed');
    expect(await lambda(requestOf({ key }))).toMatchObject({ body: answer.body });
  });
});

describe('whoever comes between the read and the write', () => {
  const writes = [
    ['release', [], 'DeleteItem'],
    ['complete', ['--status', '201'], 'TransactWriteItems'],
  ] as const;

  /** Runs the command with its write held back until `meanwhile` is over. */
  async function overtakenBy(
    command: string,
    args: readonly string[],
    operation: string,
    meanwhile: (attempt: Awaited<ReturnType<typeof abandoned>>) => Promise<unknown>,
  ) {
    const attempt = await abandoned();
    const proxy = await startFaultProxy(dynamoDbEndpoint());
    const gate = new Gate();
    proxy.inject(operation, { kind: 'hold', where: 'before', gate });
    const running = attempt.cli(command, [...args, '--yes'], proxy.endpoint);
    await gate.reached;
    await meanwhile(attempt);
    const before = await attempt.items();
    gate.open();
    const result = await running;
    await proxy.stop();
    expect(await attempt.items()).toEqual(before);
    return { ...attempt, ...result };
  }

  it.each(writes)('wins over %s: a retry that took over and has answered', async (command, args, operation) => {
    const { code, stderr, send, thaw } = await overtakenBy(command, args, operation, async attempt => {
      expect(await attempt.send()).toMatchObject({ statusCode: 201, body: '{"run":1}' });
    });
    expect(code).toBe(1);
    expect(stderr).toContain('somebody else came first, and nothing was changed: the record is completed now');
    expect(stderr).toMatch(/attempt +2/);
    expect(await send()).toMatchObject({ body: '{"run":1}' });
    await thaw();
  });

  it.each(writes)('wins over %s: the attempt itself, which was not dead', async (command, args, operation) => {
    const { code, stderr, send } = await overtakenBy(command, args, operation, attempt => attempt.thaw());
    expect(code).toBe(1);
    expect(stderr).toContain('the record is completed now');
    expect(await send()).toMatchObject({ body: '{"run":1}' });
  });

  it('wins over complete: who released', async () => {
    const { code, stderr, thaw } = await overtakenBy('complete', ['--status', '201'], 'TransactWriteItems', async attempt => {
      expect(await attempt.cli('release', ['--yes'])).toMatchObject({ code: 0 });
    });
    expect(code).toBe(1);
    expect(stderr).toContain('did not complete the record: somebody else came first, and nothing was changed: the key is free now');
    await thaw();
  });

  it.each(writes)('%s: the answer to its write is lost, and it knows its own work', async (command, args, operation) => {
    const attempt = await abandoned();
    const proxy = await startFaultProxy(dynamoDbEndpoint());
    proxy.inject(operation, { kind: 'lost-after' });
    expect(await attempt.cli(command, [...args, '--yes'], proxy.endpoint)).toMatchObject({ code: 0 });
    expect(proxy.operations().filter(name => name === operation)).toHaveLength(2);
    await proxy.stop();
    await attempt.thaw();
  });

  it.each(writes)('%s: DynamoDB does not answer, and nobody knows', async (command, args, operation) => {
    const attempt = await abandoned();
    const proxy = await startFaultProxy(dynamoDbEndpoint());
    proxy.inject(operation, serverError, { times: 10 });
    const { code, stderr } = await attempt.cli(command, [...args, '--yes'], proxy.endpoint);
    await proxy.stop();
    expect(code).toBe(3);
    expect(stderr).toContain('It may have been applied: inspect the record before you try again');
    await attempt.thaw();
  });

  it('cancels a completion, which is told to try again', async () => {
    const attempt = await abandoned();
    const proxy = await startFaultProxy(dynamoDbEndpoint());
    const cancelled = {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: 'cancelled',
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    };
    proxy.inject('TransactWriteItems', { kind: 'answer', status: 400, from: () => cancelled }, { times: 10 });
    const before = await attempt.items();
    const { code, stderr } = await attempt.cli('complete', ['--status', '201', '--yes'], proxy.endpoint);
    await proxy.stop();
    expect(code).toBe(3);
    expect(stderr).toContain('Nothing was changed: try again');
    expect(await attempt.items()).toEqual(before);
    await attempt.thaw();
  });
});

describe('the process', () => {
  it('ends with 3 when there is no such table', async () => {
    const { code, stdout, stderr } = await runCli(['inspect', ...byKey('k'), '--table', 'no-such-table']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^could not read in table "no-such-table": ResourceNotFoundException \(.+\)\n$/);
  });

  it('ends with 2 for a wrong command line, and 0 for help', async () => {
    expect(await runCli(['inspect'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Try --help.') });
    expect(await runCli(['complete', ...byKey('k'), '--table', 't', '--status', '201', '--body-file', join(folder, 'none')])).toMatchObject(
      {
        code: 2,
        stderr: expect.stringContaining("the body can't be read: ENOENT"),
      },
    );
    expect(await runCli(['inspect', '--key', 'a,b', '--scope', 's', '--table', 't'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('must not contain a comma'),
    });
    expect(await runCli(['--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('puts refusals on the standard output for a script', async () => {
    const { code, stdout, stderr } = await runCli(['inspect', ...byKey('k'), '--table', 'no-such-table', '--json']);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed' });
  });
});
