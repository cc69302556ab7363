/** CPU time per request, without network or database: the SDK gets recorded answers. Contenders take turns, each in its own process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { contenderNames, floor } from './contenders.ts';
import { bodyKinds, type Order, type Outcome } from './cpu-contender.ts';
import { median, percentile, printTable } from './report.ts';
import { scenes, tooLarge } from './scenes.ts';
import { newTable } from './table.ts';
import { shuffled } from './times.ts';

const rounds = 21;
const warmUps = 5;

/** How many requests are timed at once: enough for some 30 ms. */
const batches = { 1: 100, 10: 80, 100: 20, 1000: 4 } as const;

export async function cpuBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  const contenders = contenderNames.map(name => new Contender(name));
  try {
    const place = { endpoint: database.endpoint, tableName: await newTable(database.endpoint) };
    for (const scene of scenes) {
      console.log(`\nCPU, ${scene}: µs per request (quartiles), and times the floor in the same round`);
      const rows: Record<string, string>[] = [];
      // The keys of an object literal are their names.
      for (const kind of Object.keys(bodyKinds) as (keyof typeof bodyKinds)[]) {
        for (const kb of [1, 10, 100, 1000] as const) {
          for (const contender of contenders) await contender.prepare({ do: 'prepare', scene, kind, kb, place });
          rows.push({ body: `${kb} KB ${kind}`, ...(await compare(contenders, batches[kb])) });
        }
      }
      printTable(rows);
    }
  } finally {
    for (const contender of contenders) contender.end();
    await database.stop();
  }
}

/** Works when it is told to, so that only one does at a time. */
class Contender {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #failure: Promise<never>;
  #takesPart = false;

  constructor(name: string) {
    this.name = name;
    this.#process = fork(fileURLToPath(new URL('cpu-contender.ts', import.meta.url)), [name]);
    this.#failure = once(this.#process, 'exit').then(() => {
      throw new Error(`${name} gave up`);
    });
    // At the end nobody waits for it.
    this.#failure.catch(() => {});
  }

  async prepare(order: Order): Promise<void> {
    this.#takesPart = (await this.#tell(order)) === true;
  }

  /** µs of CPU per request; undefined when the response is too large for it. */
  async play(requests: number): Promise<number | undefined> {
    return this.#takesPart ? Number(await this.#tell({ do: 'play', requests })) : undefined;
  }

  end(): void {
    this.#process.kill();
  }

  async #tell(order: Order): Promise<Outcome> {
    const answered = once(this.#process, 'message');
    this.#process.send(order);
    const [outcome] = await Promise.race([answered, this.#failure]);
    return outcome;
  }
}

async function compare(contenders: readonly Contender[], requests: number): Promise<Record<string, string>> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const contender of shuffled(contenders)) {
      const time = await contender.play(requests);
      if (round >= 0 && time !== undefined) times.get(contender.name)?.push(time);
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
