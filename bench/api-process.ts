/** The local API in a process of its own, and what the load benchmarks ask of it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { apiKeys } from '../bin/local/api-keys.ts';

export interface ApiProcess {
  readonly url: string;
  readonly welcome: string;
  residentMegabytes(): number;
  stop(): Promise<void>;
}

/** A POST to it; the key is the sender's business. */
export const newContact = {
  path: '/api/v1/developers/contacts',
  headers: { 'content-type': 'application/json', 'x-api-key': apiKeys[0]?.value ?? '' },
  body: '{"name": "ACME Corp", "type": "client"}',
};

export interface Answer {
  readonly ms: number;
  readonly status: number;
  readonly isReplay: boolean;
}

export async function startApi(): Promise<ApiProcess> {
  const entry = fileURLToPath(new URL('../bin/local.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=middy-idempotency-key:source', entry], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    const [welcome, url] = /API is on (http:\/\/localhost:\d+) \(.*?\)/.exec(said) ?? [];
    if (welcome !== undefined && url !== undefined)
      return { url, welcome, residentMegabytes: () => residentMegabytes(child), stop: () => stop(child) };
  }
  throw new Error(`the API ended before it was ready: ${said}`);
}

function residentMegabytes({ pid }: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
