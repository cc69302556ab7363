import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startDynamoDb, startDynamoDbLocal, startDynoxide } from '../../bin/embedded-dynamodb/index.ts';
import { startServer } from '../../bin/embedded-dynamodb/server-process.ts';
import { idempotencyTableDefinition } from '../../lib/index.ts';

const clientFor = (endpoint: string) =>
  new DynamoDBClient({ endpoint, region: 'local', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 });
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each([['DynamoDB Local', startDynamoDbLocal], ...(isLinuxX64 ? ([['dynoxide', startDynoxide]] as const) : [])] as const)(
  '%s',
  (engine, start) => {
    it('starts on loopback, works, and is gone when stopped', async () => {
      const database = await start();
      const client = clientFor(database.endpoint);
      expect(database.engine).toBe(engine);
      expect(new URL(database.endpoint).hostname).toBe('127.0.0.1');
      await client.send(new CreateTableCommand(idempotencyTableDefinition('idempotency')));
      expect((await client.send(new ListTablesCommand())).TableNames).toEqual(['idempotency']);
      await database.stop();
      await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await database.stop();
    });
  },
);

describe('startDynamoDb', () => {
  it('prefers the DynamoDB it is pointed at, and leaves it alone', async () => {
    const database = await startDynamoDb({ DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' });
    expect(database).toMatchObject({ engine: 'external', endpoint: 'http://127.0.0.1:1' });
    await database.stop();
  });

  it('refuses an endpoint that is no URL', async () => {
    await expect(startDynamoDb({ DYNAMODB_ENDPOINT: 'localhost' })).rejects.toThrow('DYNAMODB_ENDPOINT must be a URL such as');
  });

  it.runIf(isLinuxX64)('needs no Java where dynoxide is', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const database = await startDynamoDb({});
    expect(database.engine).toBe('dynoxide');
    await database.stop();
  });
});

describe('startDynamoDb where there is no dynoxide', () => {
  beforeEach(() => {
    vi.resetModules();
    vi.doMock('../../bin/embedded-dynamodb/dynoxide.ts', () => ({ isDynoxideInstalled: () => false }));
  });
  afterEach(() => {
    vi.doUnmock('../../bin/embedded-dynamodb/dynoxide.ts');
  });

  it('takes DynamoDB Local', async () => {
    const { startDynamoDb } = await import('../../bin/embedded-dynamodb/index.ts');
    const database = await startDynamoDb({});
    onTestFinished(() => database.stop());
    expect(database.engine).toBe('DynamoDB Local');
  });

  it('names the ways out where there is no Java either', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const { startDynamoDb } = await import('../../bin/embedded-dynamodb/index.ts');
    await expect(startDynamoDb({})).rejects.toThrow(/^no DynamoDB to run on: install Java 17 or newer .*DYNAMODB_ENDPOINT.*linux-x64/);
  });
});

describe('startServer', () => {
  it('says why a server did not start, in its own words', async () => {
    const failing = () => ({ command: process.execPath, args: ['-e', 'console.error("no room"); process.exit(3)'] });
    await expect(startServer('the database', failing)).rejects.toThrow(/the database did not start: it ended with exit code 3\nno room/);
  });

  it('says so when there is nothing to start', async () => {
    await expect(startServer('the database', () => ({ command: '/nowhere/database', args: [] }))).rejects.toThrow(
      /did not start: .*ENOENT/,
    );
  });

  it('does not take a stranger on its port for its own server, and takes another port', async () => {
    const ports: number[] = [];
    const hasFailed = Promise.withResolvers<void>();
    // It answers as DynamoDB does, but only after the server has failed for want of the port.
    const stranger = createServer((_request, response) => {
      void hasFailed.promise.then(() => response.setHeader('x-amzn-requestid', 'stranger').end());
    });
    onTestFinished(() => void stranger.close());
    const server = await startServer('the database', port => {
      const isFirst = ports.push(port) === 1;
      if (isFirst) stranger.listen(port, '127.0.0.1');
      else hasFailed.resolve();
      return { command: process.execPath, args: ['-e', isFirst ? tooLate(port) : answering(port)] };
    });
    onTestFinished(() => server.stop());
    expect(ports).toHaveLength(2);
    expect(server.endpoint).toBe(`http://127.0.0.1:${ports[1]}`);
  });

  it.runIf(process.platform !== 'win32')('leaves nothing behind when its own process is killed', async () => {
    const module = new URL('../../bin/embedded-dynamodb/server-process.ts', import.meta.url).href;
    const script = `
      const { startServer } = await import(${JSON.stringify(module)});
      const server = await startServer('the database', port => ({ command: process.execPath, args: ['-e', (${answering})(port)] }));
      console.log(server.endpoint);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output]: Buffer[] = await once(parent.stdout, 'data');
    const endpoint = String(output).trim();
    expect((await fetch(endpoint)).ok).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => fetch(endpoint).then(String, error => error.cause.code)).toBe('ECONNREFUSED');
  });
});

/** The source of a server that wants a port only when somebody else has it. */
function tooLate(port: number): string {
  return `(function wait() {
    require('node:net').connect(${port}, '127.0.0.1').on('connect', () => ${answering(port)}).on('error', () => setTimeout(wait, 10));
  })()`;
}

/** The source of a server that answers as DynamoDB does. */
function answering(port: number): string {
  return `require('node:http').createServer((_, response) => response.setHeader('x-amzn-requestid', 'r').end()).listen(${port}, '127.0.0.1')`;
}

describe('isJavaInstalled', () => {
  it.each([
    ['17.0.15', true],
    ['25', true],
    ['11.0.2', false],
    ['1.8.0_292', false],
  ])('finds version %s good enough: %s', async (version, isGoodEnough) => {
    const folder = await mkdtemp(join(tmpdir(), 'java-'));
    await writeFile(join(folder, 'java'), `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`);
    await chmod(join(folder, 'java'), 0o755);
    vi.stubEnv('PATH', `${folder}:/bin:/usr/bin`);
    const { isJavaInstalled } = await import('../../bin/embedded-dynamodb/java.ts');
    expect(await isJavaInstalled()).toBe(isGoodEnough);
    await rm(folder, { recursive: true });
  });

  it('finds none where there is none', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const { isJavaInstalled } = await import('../../bin/embedded-dynamodb/java.ts');
    expect(await isJavaInstalled()).toBe(false);
  });
});
