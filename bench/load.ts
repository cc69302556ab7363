/** The local API in a process of its own under load, over loopback: mixed traffic, a hot key, and memory over time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, startApi } from './api-process.ts';
import { hotKey } from './hot-key.ts';
import { kinds, mixedTraffic, shareOfDuplicates, type Traffic } from './mixed-traffic.ts';
import { median, percentile, printTable } from './report.ts';

const secondsPerLevel = 5;
const levels = [1, 4, 16, 64, 256];
const crowd = 256;
const hotKeyRounds = 10;
const memorySpans = 6;

export async function loadBench(): Promise<void> {
  const api = await startApi();
  try {
    // Uncounted: what runs first is compiled while it runs.
    await mixedTraffic(api.url, { connections: 16, seconds: 3 });
    console.log(`\nLoad: new contacts, ${shareOfDuplicates * 100} % of them duplicates; ${secondsPerLevel} s each; ${api.welcome}`);
    const traffic = new Map<number, Traffic>();
    for (const connections of levels) traffic.set(connections, await mixedTraffic(api.url, { connections, seconds: secondsPerLevel }));
    printTable([...traffic].map(([connections, level]) => ({ connections, ...rowOf(connections, level) })));

    for (const [connections, level] of [...traffic].slice(-2)) {
      console.log(`\nWho waits, of ${connections} connections`);
      printTable(byKind(level));
    }

    console.log(`\nA hot key: ${crowd} connections, which are open, send the same request at once`);
    const hot = await hotKey(api.url, { connections: crowd, rounds: hotKeyRounds });
    printTable(hot.map((answers, round) => ({ round: round + 1, ...timesOf(answers), ...countsOf(answers) })));

    console.log(`\nMemory of the API's process, MB, with 64 connections: after each ${secondsPerLevel} s`);
    const memory: Record<string, unknown>[] = [];
    let requests = 0;
    for (let span = 0; span < memorySpans; span++) {
      const { firstAnswers, answers } = await mixedTraffic(api.url, { connections: 64, seconds: secondsPerLevel });
      requests += firstAnswers.length + answers.length;
      memory.push({ 'after, s': (span + 1) * secondsPerLevel, requests, MB: api.residentMegabytes().toFixed(0) });
    }
    printTable(memory);
  } finally {
    // autocannon leaves without its last answers; the handlers that make them still need the database.
    await sleep(1000);
    await api.stop();
  }
}

function rowOf(connections: number, { answers, openedWithinMs, errors }: Traffic) {
  const perSecond = answers.length / secondsPerLevel;
  return {
    'open after, ms': openedWithinMs.toFixed(0),
    'requests/s': perSecond.toFixed(0),
    'mean, ms': mean(answers).toFixed(0),
    "Little's law": ((connections / perSecond) * 1000).toFixed(0),
    ...timesOf(answers),
    ...countsOf(answers),
    'errors, timeouts': errors,
  };
}

/** The first request of a connection, of whatever kind, waits to be accepted as well. */
function byKind({ firstAnswers, answers }: Traffic) {
  const rows = [
    { request: 'first on its connection', answers: firstAnswers },
    ...kinds.map(kind => ({ request: `later: ${kind}`, answers: answers.filter(answer => answer.kind === kind) })),
  ];
  return rows.map(row => ({
    request: row.request,
    answers: row.answers.length,
    'mean, ms': mean(row.answers).toFixed(0),
    ...timesOf(row.answers),
  }));
}

function timesOf(answers: readonly Answer[]) {
  const times = answers.map(({ ms }) => ms);
  return {
    'p50, ms': median(times).toFixed(0),
    'p99, ms': percentile(times, 0.99).toFixed(0),
    'max, ms': Math.max(...times).toFixed(0),
  };
}

function countsOf(answers: readonly Answer[]) {
  const count = (status: number) => answers.filter(answer => answer.status === status).length;
  const others = new Set(answers.map(({ status }) => status).filter(status => status !== 201 && status !== 409));
  return {
    'answers: 201': count(201),
    'of them replays': answers.filter(({ isReplay }) => isReplay).length,
    'in progress, 409': count(409),
    others: [...others].map(status => `${status}: ${count(status)}`).join(', ') || 0,
  };
}

function mean(answers: readonly Answer[]): number {
  return answers.reduce((sum, { ms }) => sum + ms, 0) / answers.length;
}
