import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
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

  it('does not take a stranger on its port for its own server', async () => {
    const failed = Promise.withResolvers<void>();
    // It answers as DynamoDB would, but not before the server has had time to fail for want of the port.
    const stranger = createServer(
      (_request, response) => void failed.promise.then(() => response.setHeader('x-amzn-requestid', 'r').end()),
    );
    const start = startServer('the database', port => {
      stranger.listen(port, '127.0.0.1');
      return {
        command: process.execPath,
        args: ['-e', `setTimeout(() => require('net').createServer().listen(${port}, '127.0.0.1'), 100)`],
      };
    });
    setTimeout(failed.resolve, 500);
    await expect(start).rejects.toThrow(/did not start/);
    stranger.close();
  });
});

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
