/** `npm start` as a newcomer runs it: a process of its own, and nothing left when it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dynamoDbEndpoint } from './support/dynamodb.ts';
import { readmeBlocks } from './support/readme.ts';

let child: ChildProcess | undefined;
afterEach(() => {
  if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
});

function start(env: Readonly<Record<string, string>>) {
  const started = spawn('npm', ['start', '--silent'], { env: { ...process.env, DYNAMODB_ENDPOINT: '', ...env }, detached: true });
  child = started;
  let output = '';
  const said = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        output += chunk;
        const match = pattern.exec(output);
        if (match) resolve(match[1] ?? match[0]);
      };
      started.stdout?.on('data', look);
      started.stderr?.on('data', look);
      started.once('exit', code => reject(new Error(`ended with ${code}: ${output}`)));
    });
  if (started.pid === undefined) throw new Error('npm did not start');
  return { process: started, pid: started.pid, said, output: () => output };
}

/** The README's curl, with the host swapped: what it sends, sent without curl. */
async function seedRequest(url: string): Promise<Response> {
  const [curl = ''] = (await readmeBlocks('sh')).filter(block => block.startsWith('curl'));
  const headers = [...curl.matchAll(/-H "([\w-]+): (.*?)"/g)].map(([, name = '', value = '']): [string, string] => [name, value]);
  const path = /"http:\/\/localhost:3000(\S*)"/.exec(curl)?.[1] ?? '';
  return fetch(`${url}${path}`, { method: /-X (\w+)/.exec(curl)?.[1] ?? '', headers, body: /-d '(.*)'/.exec(curl)?.[1] ?? '' });
}

describe('npm start', () => {
  it.each([
    ['SIGTERM to npm', 'SIGTERM', 1],
    ['SIGINT to all, as a terminal sends it', 'SIGINT', -1],
  ] as const)('serves the API on a database of its own, and %s ends both', async (_what, signal, sign) => {
    const app = start({ PORT: '0' });
    const url = await app.said(/API is on (http:\/\/localhost:\d+)/);
    expect(app.output()).toContain('Idempotency-Key: 550e8400-e29b-41d4-a716-446655440000');
    expect((await seedRequest(url)).status).toBe(201);
    expect((await seedRequest(url)).headers.get('idempotent-replayed')).toBe('true');
    process.kill(sign * app.pid, signal);
    // The group has no member left: not the server, and not its database.
    await vi.waitFor(() => expect(() => process.kill(-app.pid, 0)).toThrow('ESRCH'), { timeout: 5_000 });
    await expect(seedRequest(url)).rejects.toThrow();
  });

  it('runs on the DynamoDB it is pointed at', async () => {
    const app = start({ PORT: '0', DYNAMODB_ENDPOINT: dynamoDbEndpoint(), AWS_ACCESS_KEY_ID: 'npmstart', AWS_SECRET_ACCESS_KEY: 'x' });
    const url = await app.said(/API is on (http:\/\/localhost:\d+) \(DynamoDB at/);
    expect((await seedRequest(url)).status).toBe(201);
    expect((await seedRequest(url)).headers.get('idempotent-replayed')).toBe('true');
  });

  it('says in one line that its port is taken', async () => {
    const squatter = createServer().listen(0, 'localhost');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const app = start({ PORT: String(port) });
    const ended = once(app.process, 'exit');
    await app.said(new RegExp(`^port ${port} is in use: set PORT to another one$`, 'm'));
    expect(await ended).toEqual([1, null]);
    squatter.close();
  });

  it.each([
    [{ PORT: 'web', DYNAMODB_ENDPOINT: '' }, 'PORT must be a number from 0 to 65535, got "web"'],
    [{ PORT: '0', DYNAMODB_ENDPOINT: 'localhost' }, 'DYNAMODB_ENDPOINT must be a URL'],
  ])('says what is wrong with %j', async (env, message) => {
    const app = start({ ...env });
    const ended = once(app.process, 'exit');
    await app.said(new RegExp(message));
    expect(await ended).toEqual([1, null]);
  });
});
