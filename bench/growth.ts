/** How each cost grows: with the response, with those who wait, and with the records in the table. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { contacts } from './bodies.ts';
import { contenders, newContext, requestWith } from './contenders.ts';
import { fill } from './fill.ts';
import { asStored } from './layouts.ts';
import { type Chart, type Point, svgOf } from './plot.ts';
import { median, percentile, printTable } from './report.ts';
import { firstRequest, replay, usdForAMillion } from './request-units.ts';
import { rehearse, type Scene } from './scenes.ts';
import { clientConfig, newTable } from './table.ts';
import { measureWaiting } from './waiting.ts';

const subject = 'this, wrapper';

/** In KB; the last is what Lambda takes for a response at most, 6 MB, less its JSON around the body. */
const sizes = [1, 4, 16, 64, 256, 1024, 4096, 5900];
const crowds = [1, 4, 16, 64, 256];
const populations = [1000, 10_000, 100_000, 1_000_000];

const chartFile = new URL('../docs/growth.svg', import.meta.url);

export async function growthBench(): Promise<void> {
  // Records are written at 8,500 a second, instead of 5,600.
  const database = await startDynamoDbLocal({ isForLong: true });
  try {
    const charts = [await bySize(database.endpoint), await byWaiters(database.endpoint), await byRecords(database.endpoint)];
    writeFileSync(chartFile, svgOf(charts));
  } finally {
    await database.stop();
  }
}

async function bySize(endpoint: string): Promise<Chart> {
  console.log('\nGrowth with the response: contacts, JSON');
  const place = { endpoint, tableName: await newTable(endpoint) };
  const rows: Record<string, unknown>[] = [];
  // Uncounted: what runs first is compiled while it runs.
  await cpuMs('first', contacts(1024), place);
  await cpuMs('replay', contacts(1024), place);
  const lines = { 'first, CPU': [] as Point[], 'replay, CPU': [] as Point[] };
  for (const kb of sizes) {
    const response = contacts(kb * 1024);
    const [first, again] = [await cpuMs('first', response, place), await cpuMs('replay', response, place)];
    const stored = asStored(response);
    const [firstUnits, replayUnits] = [firstRequest(stored), replay(stored)];
    lines['first, CPU'].push([kb, first]);
    lines['replay, CPU'].push([kb, again]);
    rows.push({
      KB: kb,
      'body items': stored.bodyItems.length,
      'first: CPU, ms': first.toFixed(2),
      'first: write units': firstUnits.write,
      'first: USD a million': usdForAMillion(firstUnits).toFixed(2),
      'replay: CPU, ms': again.toFixed(2),
      'replay: write + read units': `${replayUnits.write} + ${replayUnits.read}`,
      'replay: USD a million': usdForAMillion(replayUnits).toFixed(2),
    });
  }
  printTable(rows);
  return { title: 'The response grows', x: 'KB', y: 'ms of CPU', lines };
}

async function cpuMs(scene: Scene, response: ReturnType<typeof contacts>, place: { endpoint: string; tableName: string }): Promise<number> {
  const rehearsal = await rehearse(contenders[subject], scene, response, place);
  if (rehearsal === undefined) throw new Error('a response was too large');
  rehearsal.dynamoDb.replay();
  const requests = Math.ceil(500_000 / ((response.body?.length ?? 0) + 10_000));
  const times: number[] = [];
  for (let round = -5; round < 15; round++) {
    const before = process.cpuUsage();
    for (let played = 0; played < requests; played++) await rehearsal.play();
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) times.push((user + system) / 1000 / requests);
  }
  return median(times);
}

async function byWaiters(endpoint: string): Promise<Chart> {
  console.log('\nGrowth with the waiters on one attempt of 600 ms');
  const lines = { 'reads, all': [] as Point[], 'delay, ms': [] as Point[] };
  const rows: Record<string, unknown>[] = [];
  for (const waiters of crowds) {
    const row = await measureWaiting(endpoint, { waiters, attemptMs: 600, arrival: [20, 20], rounds: 4 });
    lines['reads, all'].push([waiters, Number(row['reads: mean']) * waiters]);
    lines['delay, ms'].push([waiters, Number(row['answer after, ms: median'])]);
    rows.push({ ...row, 'reads: all': (Number(row['reads: mean']) * waiters).toFixed(0) });
  }
  printTable(rows);
  return { title: 'More wait', x: 'waiters', y: 'reads, ms', lines };
}

async function byRecords(endpoint: string): Promise<Chart> {
  console.log('\nGrowth with the records in the table: ms on DynamoDB Local, median / 95th percentile');
  const tableName = await newTable(endpoint);
  const response = contacts(1024);
  const send = contenders[subject]({ config: clientConfig(endpoint), tableName, handler: async () => ({ ...response }) });
  const lines = { 'first, median': [] as Point[], 'replay, median': [] as Point[] };
  const rows: Record<string, unknown>[] = [];
  let records = 0;
  for (const population of populations) {
    await fill(endpoint, tableName, population - records);
    records = population;
    const [first, again]: [number[], number[]] = [[], []];
    for (let request = -200; request < 200; request++) {
      const event = requestWith(randomUUID());
      for (const times of [first, again]) {
        const startedAt = performance.now();
        await send(event, newContext());
        if (request >= 0) times.push(performance.now() - startedAt);
      }
    }
    lines['first, median'].push([population, median(first)]);
    lines['replay, median'].push([population, median(again)]);
    const cell = (times: readonly number[]) => `${median(times).toFixed(2)} / ${percentile(times, 0.95).toFixed(2)}`;
    rows.push({ records: population, first: cell(first), replay: cell(again) });
  }
  printTable(rows);
  return { title: 'The table grows', x: 'records', y: 'ms, end to end', lines };
}
