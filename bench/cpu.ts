/** CPU time per request, without network or database: the SDK gets recorded answers. */
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { contacts, noiseText } from './bodies.ts';
import { type ContenderName, contenderNames, floor } from './contenders.ts';
import { median, percentile, printTable } from './report.ts';
import { rehearse, scenes, tooLarge } from './scenes.ts';
import { newTable } from './table.ts';
import { shuffled } from './times.ts';

const rounds = 21;
const warmUps = 4;

/** How many requests are timed at once: enough for some 20 ms. */
const batches: Readonly<Record<number, number>> = { 1: 60, 10: 40, 100: 20, 1000: 4 };

export async function cpuBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  try {
    const place = { endpoint: database.endpoint, tableName: await newTable(database.endpoint) };
    for (const scene of scenes) {
      console.log(`\nCPU, ${scene}: µs per request (quartiles), and times the floor in the same round`);
      const rows: Record<string, string>[] = [];
      for (const [kind, make] of Object.entries({ 'contacts, JSON': contacts, 'noise, text': noiseText })) {
        for (const kb of [1, 10, 100, 1000]) {
          const plays = contenderNames.map(async name => [name, await rehearse(name, scene, make(kb * 1024), place)] as const);
          const works = (await Promise.all(plays)).map(([name, rehearsal]) => {
            rehearsal?.dynamoDb.replay();
            return { name, play: rehearsal?.play };
          });
          rows.push({ body: `${kb} KB ${kind}`, ...(await compare(works, batches[kb] ?? 1)) });
        }
      }
      printTable(rows);
    }
  } finally {
    await database.stop();
  }
}

interface Work {
  readonly name: ContenderName;
  readonly play: (() => Promise<void>) | undefined;
}

async function compare(works: readonly Work[], requests: number): Promise<Record<string, string>> {
  const times = new Map(works.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const { name, play } of shuffled(works)) {
      if (play === undefined) continue;
      const before = process.cpuUsage();
      for (let played = 0; played < requests; played++) await play();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times.get(name)?.push((user + system) / requests);
    }
  }
  const cells = [...times].map(([name, own]) => [name, own.length === 0 ? tooLarge : cell(own, times.get(floor) ?? [])]);
  return Object.fromEntries(cells);
}

function cell(times: readonly number[], floorTimes: readonly number[]): string {
  const figures = `${median(times).toFixed(0)} (${percentile(times, 0.25).toFixed(0)}–${percentile(times, 0.75).toFixed(0)})`;
  if (floorTimes.length === 0) return figures;
  const ratio = median(times.map((time, round) => time / (floorTimes[round] ?? Number.NaN)));
  return `${figures} ${ratio.toFixed(2)}×`;
}
