/** CPU time per request, without network or database: the SDK gets recorded answers. */
import { randomUUID } from 'node:crypto';
import { startDynamoDbLocal } from '../bin/embedded-dynamodb/index.ts';
import { contacts, noiseText } from './bodies.ts';
import { type BenchResponse, type ContenderName, contenderNames, contenders, floor, newContext, requestWith } from './contenders.ts';
import { RecordedDynamoDb } from './recorded-dynamodb.ts';
import { median, percentile, printTable } from './report.ts';
import { clientConfig, newTable } from './table.ts';
import { shuffled } from './times.ts';

const scenes = ['first', 'replay', 'conflict'] as const;
type Scene = (typeof scenes)[number];

const rounds = 21;
const warmUps = 4;

/** How many requests are timed at once: enough for some 20 ms. */
const batches: Readonly<Record<number, number>> = { 1: 60, 10: 40, 100: 20, 1000: 4 };

export async function cpuBench(): Promise<void> {
  const database = await startDynamoDbLocal();
  try {
    const tableName = await newTable(database.endpoint);
    const kinds = { 'contacts, JSON': contacts, 'noise, text': noiseText };
    const rows = new Map<Scene, Record<string, string>[]>(scenes.map(scene => [scene, []]));
    for (const [kind, make] of Object.entries(kinds)) {
      for (const kb of [1, 10, 100, 1000]) {
        const response = make(kb * 1024);
        const runners = await Promise.all(contenderNames.map(name => prepare(name, response, database.endpoint, tableName)));
        for (const scene of scenes) {
          rows.get(scene)?.push({ body: `${kb} KB ${kind}`, ...(await compare(runners, scene, batches[kb] ?? 1)) });
        }
      }
    }
    for (const [scene, lines] of rows) {
      console.log(`\nCPU, ${scene}: µs per request, quartiles, and times the floor in the same round`);
      printTable(lines);
    }
  } finally {
    await database.stop();
  }
}

interface Runner {
  readonly name: ContenderName;
  /** Sends that many requests; undefined: the contender can't keep the response. */
  readonly run: Partial<Record<Scene, (requests: number) => Promise<void>>>;
}

async function prepare(name: ContenderName, response: BenchResponse, endpoint: string, tableName: string): Promise<Runner> {
  const run: Runner['run'] = {};
  for (const scene of scenes) {
    const dynamoDb = new RecordedDynamoDb(endpoint);
    const config = { ...clientConfig(endpoint), requestHandler: dynamoDb };
    const send = contenders[name]({ config, tableName, handler: async () => ({ ...response }) });
    const key = randomUUID();
    // What a replay and a conflict meet.
    if (scene !== 'first') await send(requestWith(key), newContext()).catch(passOver);
    const path = scene === 'conflict' ? '/other' : '/contacts';
    const sendOne = () => send(requestWith(scene === 'first' ? randomUUID() : key, path), newContext());
    dynamoDb.record();
    const error: unknown = await sendOne().then(
      () => undefined,
      reason => reason,
    );
    // Powertools throws what it refuses.
    if (error !== undefined && !(scene === 'conflict' && isRefusal(error))) {
      // DynamoDB takes no larger item: there is nothing to replay either.
      if (scene === 'first' && (response.body?.length ?? 0) > 400_000) return { name, run: {} };
      throw error;
    }
    dynamoDb.replay();
    run[scene] = async requests => {
      for (let sent = 0; sent < requests; sent++) await sendOne().catch(passOver);
    };
  }
  return { name, run };
}

async function compare(runners: readonly Runner[], scene: Scene, requests: number): Promise<Record<string, string>> {
  const times = new Map(runners.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const { name, run } of shuffled(runners)) {
      const work = run[scene];
      if (work === undefined) continue;
      const before = process.cpuUsage();
      await work(requests);
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times.get(name)?.push((user + system) / requests);
    }
  }
  const floorTimes = times.get(floor) ?? [];
  return Object.fromEntries(
    [...times].map(([name, own]) => {
      if (own.length === 0) return [name, 'over 400 KB'];
      const ratio = median(own.map((time, round) => time / (floorTimes[round] ?? Number.NaN)));
      const spread = `${percentile(own, 0.25).toFixed(0)}–${percentile(own, 0.75).toFixed(0)}`;
      return [name, `${median(own).toFixed(0)} (${spread})${Number.isNaN(ratio) ? '' : ` ${ratio.toFixed(2)}×`}`];
    }),
  );
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'IdempotencyValidationError';
}

function passOver(): void {}
