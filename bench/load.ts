/** The local API in a process of its own under load, over loopback: mixed traffic, a hot key, and memory over time. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon, { type Request, type Result } from 'autocannon';
import { apiKeys } from '../bin/local/api-keys.ts';
import { printTable } from './report.ts';

const shareOfDuplicates = 0.1;
const secondsPerLevel = 5;
const levels = [1, 4, 16, 64, 256];
const hotKeyRounds = 10;
const memorySpans = 6;

export async function loadBench(): Promise<void> {
  const api = await startApi();
  try {
    // A first second to warm up, uncounted.
    await mixed(api.url, 16, 1);
    console.log(`\nLoad: new contacts, ${shareOfDuplicates * 100} % of them duplicates; ${secondsPerLevel} s each; ${api.welcome}`);
    const rows: Record<string, unknown>[] = [];
    for (const connections of levels) {
      const result = await mixed(api.url, connections, secondsPerLevel);
      rows.push({ connections, 'requests/s': result.requests.average.toFixed(0), ...answersOf(result) });
    }
    printTable(rows);

    console.log('\nA hot key: 256 connections send the same request at once');
    const hot: Record<string, unknown>[] = [];
    for (let round = 0; round < hotKeyRounds; round++) hot.push({ round: round + 1, ...answersOf(await hotKey(api.url)) });
    printTable(hot);

    console.log(`\nMemory of the API's process, MB, with 64 connections: after each ${secondsPerLevel} s`);
    const memory: Record<string, unknown>[] = [];
    let requests = 0;
    for (let span = 0; span < memorySpans; span++) {
      requests += (await mixed(api.url, 64, secondsPerLevel)).requests.total;
      memory.push({ 'after, s': (span + 1) * secondsPerLevel, requests, MB: residentMegabytes(api.process) });
    }
    printTable(memory);
  } finally {
    // autocannon leaves without its last answers; the handlers that make them still need the database.
    await sleep(1000);
    api.process.kill('SIGTERM');
    await once(api.process, 'exit');
  }
}

function mixed(url: string, connections: number, duration: number): Promise<Outcome> {
  const sent: string[] = [];
  const nextKey = () => {
    const earlier = sent[Math.floor(Math.random() * sent.length)];
    if (earlier !== undefined && Math.random() < shareOfDuplicates) return earlier;
    const key = randomUUID();
    sent.push(key);
    return key;
  };
  return send(url, nextKey, { connections, duration });
}

/** Every connection sends one request. */
function hotKey(url: string): Promise<Outcome> {
  const key = randomUUID();
  return send(url, () => key, { connections: 256, amount: 256 });
}

/** What autocannon found, and how many answers were replays. */
type Outcome = Result & { readonly replays: number };

async function send(
  url: string,
  key: () => string,
  size: { readonly connections: number; readonly duration?: number; readonly amount?: number },
): Promise<Outcome> {
  let replays = 0;
  const setupRequest = (request: Request) => ({ ...request, headers: { ...request.headers, 'Idempotency-Key': key() } });
  const result = await autocannon({
    ...size,
    url: `${url}/api/v1/developers/contacts`,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKeys[0]?.value ?? '' },
    body: '{"name": "ACME Corp", "type": "client"}',
    requests: [
      {
        setupRequest,
        onResponse: (_status, _body, _context, headers) => {
          if ('Idempotent-Replayed' in headers || 'idempotent-replayed' in headers) replays++;
        },
      },
    ],
  });
  return { ...result, replays };
}

function answersOf({ latency, errors, timeouts, replays, statusCodeStats = {} }: Outcome) {
  const count = (code: string) => statusCodeStats[code]?.count ?? 0;
  const others = Object.keys(statusCodeStats).filter(code => code !== '201' && code !== '409');
  return {
    'p50, ms': latency.p50,
    'p99, ms': latency.p99,
    'max, ms': latency.max,
    'answers: 201': count('201'),
    'of them replays': replays,
    'in progress, 409': count('409'),
    others: others.map(code => `${code}: ${count(code)}`).join(', ') || 0,
    'errors, timeouts': errors + timeouts,
  };
}

interface Api {
  readonly url: string;
  readonly welcome: string;
  readonly process: ChildProcess;
}

async function startApi(): Promise<Api> {
  const entry = fileURLToPath(new URL('../bin/local.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=middy-idempotency-key:source', entry], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    const [welcome, url] = /API is on (http:\/\/localhost:\d+) \(.*?\)/.exec(said) ?? [];
    if (welcome !== undefined && url !== undefined) return { url, welcome, process: child };
  }
  throw new Error(`the API ended before it was ready: ${said}`);
}

function residentMegabytes({ pid }: ChildProcess): string {
  const kilobytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
  return (kilobytes / 1024).toFixed(0);
}
