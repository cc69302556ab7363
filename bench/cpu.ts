/** CPU time per request, without network or database: the SDK gets recorded answers. */
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { savings, withoutSavings } from './client-savings.ts';
import { Company } from './company.ts';
import { bodyKinds } from './contender-process.ts';
import { contenderNames, floor } from './contenders.ts';
import { median, percentile, printTable } from './report.ts';
import { scenes, tooLarge } from './scenes.ts';
import { newTable } from './table.ts';

/** How many requests are timed at once: enough for some 30 ms. */
const batches = { 1: 100, 10: 80, 100: 20, 1000: 4 } as const;

export async function cpuBench(): Promise<void> {
  await onDynamoDb(contenderNames, async (company, place) => {
    for (const scene of scenes) {
      console.log(`\nCPU, ${scene}: µs per request (quartiles), and times the floor in the same round`);
      const rows: Record<string, string>[] = [];
      // The keys of an object literal are their names.
      for (const kind of Object.keys(bodyKinds) as (keyof typeof bodyKinds)[]) {
        for (const kb of [1, 10, 100, 1000] as const) {
          const times = await company.perform({ scene, kind, kb, place }, batches[kb]);
          const floorTimes = times.get(floor) ?? [];
          const cells = [...times].map(([name, own]) => [name, own.length === 0 ? tooLarge : cell(own, floorTimes)]);
          rows.push({ body: `${kb} KB ${kind}`, ...Object.fromEntries(cells) });
        }
      }
      printTable(rows);
    }
  });
}

/** What the library's client saves, change by change. */
export async function clientBench(): Promise<void> {
  await onDynamoDb(Object.keys(savings), async (company, place) => {
    const perform = (scene: 'first' | 'replay') => company.perform({ scene, kind: 'contacts, JSON', kb: 1, place }, batches[1], 61);
    const [first, replay] = [await perform('first'), await perform('replay')];
    console.log(
      "\nCPU by hand, on the SDK's client with one change: µs per request, and what the change saves in the same round; 1 KB, JSON",
    );
    printTable(Object.keys(savings).map(name => ({ client: name, ...saved('first', first, name), ...saved('replay', replay, name) })));
  });
}

async function onDynamoDb(
  names: readonly string[],
  work: (company: Company, place: { endpoint: string; tableName: string }) => Promise<void>,
): Promise<void> {
  const database = await startDynamoDbLocal();
  const company = new Company(names);
  try {
    await work(company, { endpoint: database.endpoint, tableName: await newTable(database.endpoint) });
  } finally {
    company.end();
    await database.stop();
  }
}

function saved(scene: string, times: ReadonlyMap<string, readonly number[]>, name: string): Record<string, string> {
  const [own, without] = [times.get(name) ?? [], times.get(withoutSavings) ?? []];
  const savings = own.map((time, round) => (without[round] ?? Number.NaN) - time);
  return { [scene]: median(own).toFixed(0), [`${scene}: saved`]: median(savings).toFixed(0) };
}

function cell(times: readonly number[], floorTimes: readonly number[]): string {
  const figures = `${median(times).toFixed(0)} (${percentile(times, 0.25).toFixed(0)}–${percentile(times, 0.75).toFixed(0)})`;
  if (floorTimes.length === 0) return figures;
  const ratio = median(times.map((time, round) => time / (floorTimes[round] ?? Number.NaN)));
  return `${figures} ${ratio.toFixed(2)}×`;
}
