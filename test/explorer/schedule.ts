/** One schedule: clients that retry one operation under one key, whatever happens; and what must hold of it, checked as it goes. */
import type { IdempotencyContext } from '../../lib/attempt.ts';
import { Engine } from '../../lib/engine.ts';
import { wrapWith } from '../../lib/idempotent.ts';
import { readOptions } from '../../lib/options.ts';
import type { AfterCrash } from '../../lib/protocol/decide.ts';
import { requestOf } from '../support/forms.ts';
import { MemoryStore } from '../support/memory-store.ts';
import type { Choices } from './choices.ts';
import { type Limits, World } from './world.ts';

export interface Scenario {
  readonly limits: Limits;
  readonly clients: number;
  /** Requests each client sends at most, until one succeeds. */
  readonly requestsPerClient: number;
  /** The handler commits its effect with the record; else the record is completed after it. */
  readonly commits: boolean;
  /** The handler fails by choice of the schedule. */
  readonly mayFail: boolean;
  readonly afterCrash: AfterCrash;
  readonly waitMs: number;
}

export interface Counts {
  runs: number;
  replays: number;
  takeOvers: number;
  crashes: number;
  refusals: number;
  unknown: number;
}

interface Run {
  readonly number: number;
  /** A key that has expired begins a new life: what it stood for before counts no more. */
  readonly life: number;
  readonly leaseUntil: number;
  readonly expiresAt: number;
  /** Nothing of it can come any more: it failed, and its key was to be released. */
  failed: boolean;
}

const invocationMs = 10_000;
const marker = 'Idempotent-Replayed';

/** @throws Error that says which invariant is broken */
export async function playSchedule(choices: Choices, scenario: Scenario): Promise<Counts> {
  const world = new World(choices, scenario.limits);
  const store = new MemoryStore();
  const counts: Counts = { runs: 0, replays: 0, takeOvers: 0, crashes: 0, refusals: 0, unknown: 0 };
  const runs: Run[] = [];
  /** The distinct successes that clients got, by life. */
  const answers = new Map<number, Set<string>>();

  /** Kept, for the engine takes what is thrown in a handler for the handler's own failure. */
  const failures: unknown[] = [];
  function broken(message: string): Broken {
    const failure = new Broken(message);
    failures.push(failure);
    return failure;
  }

  async function request(client: number, apiKey = 'caller-a'): Promise<boolean> {
    const endsAt = world.now + invocationMs;
    const context = { getRemainingTimeInMillis: () => Math.max(0, endsAt - world.now) };
    const crash = Promise.withResolvers<'crashed'>();
    const crashed = () => {
      counts.crashes++;
      crash.resolve('crashed');
    };
    const settings = {
      ...readOptions({ tableName: 'table', client: { send: () => Promise.reject(new Error('not used')) } }),
      store: world.throughSchedule(store, crashed),
      afterCrash: scenario.afterCrash,
      waitMs: scenario.waitMs,
      onEvent: ({ kind }: { kind: string }) => {
        if (kind === 'taken_over') counts.takeOvers++;
        if (kind === 'outcome_unknown') counts.unknown++;
      },
    };
    const engine = new Engine(settings, world.environment());

    const handler = async (_event: unknown, { idempotency }: { idempotency: IdempotencyContext }) => {
      const run = beginRun(idempotency);
      const fails = scenario.mayFail && !world.isCalm && world.choose(2) === 1;
      await world.step(
        'handler',
        () => {},
        () => new Error('handlers are not lost'),
        crashed,
      );
      if (fails) {
        run.failed = true;
        return { statusCode: 500, headers: {}, body: 'failed' };
      }
      const response = { statusCode: 201, headers: {}, body: `run ${run.number} of ${apiKey}` };
      return scenario.commits ? idempotency.commit(response, [{ Put: { TableName: 'effects', Item: { run: run.number } } }]) : response;
    };

    const event = requestOf({ key: 'the-key', apiKey });
    const answered = wrapWith(engine, handler)(event, context as never).catch(() => ({ statusCode: 500, headers: {}, body: 'threw' }));
    const response = await Promise.race([answered, crash.promise]);
    return response !== 'crashed' && judge(client, response as { statusCode: number; headers: Record<string, string>; body: string });
  }

  function beginRun({ attempt }: IdempotencyContext): Run {
    const [record] = [...store.records.values()];
    if (record?.state !== 'claimed') throw broken('a handler runs without a claim');
    // Whoever ran before must have failed, or have outlived its lease: or else two run at once.
    const live = runs.find(run => !run.failed && run.leaseUntil > world.now);
    if (live) throw broken(`attempt ${attempt} runs while the lease of run ${live.number} lasts`);
    const last = runs.at(-1);
    const life = last === undefined ? 0 : last.expiresAt > world.now ? last.life : last.life + 1;
    const { leaseUntil, expiresAt } = record;
    const run: Run = { number: ++counts.runs, life, leaseUntil, expiresAt, failed: false };
    runs.push(run);
    return run;
  }

  function judge(
    client: number,
    { statusCode, headers, body }: { statusCode: number; headers: Record<string, string>; body: string },
  ): boolean {
    if (statusCode === 201) {
      const run = runs[Number(/^run (\d+) of caller-a$/.exec(body)?.[1]) - 1];
      if (run === undefined) throw new Broken(`client ${client} got a foreign or half answer: ${body}`);
      if (headers[marker] === 'true') counts.replays++;
      const ofThisLife = answers.get(run.life) ?? new Set();
      answers.set(run.life, ofThisLife.add(body));
      // Without commit, a run that outlived its lease may have answered too: what is unknown was rerun by policy.
      if (ofThisLife.size > 1 && (scenario.commits || counts.takeOvers === 0))
        throw new Broken(`two answers: ${[...ofThisLife].join(' and ')}`);
      return true;
    }
    counts.refusals++;
    if (![409, 500, 503].includes(statusCode)) throw new Broken(`an answer of status ${statusCode}`);
    return false;
  }

  async function client(number: number): Promise<void> {
    for (let sent = 0; sent < scenario.requestsPerClient; sent++) {
      await world.step(
        'start',
        () => {},
        () => new Error('starts are not lost'),
        () => {},
      );
      if (await request(number)) return;
    }
  }

  for (let number = 0; number < scenario.clients; number++) client(number).catch(error => failures.push(error));
  await world.run();
  await checkTheEnd();
  if (failures.length > 0) throw failures[0];
  return counts;

  /** No key is stuck: once every lease is over, and nothing goes wrong, a retry is answered; and an expired key is free. */
  async function checkTheEnd(): Promise<void> {
    world.calm();
    world.now = Math.max(
      world.now,
      ...runs.map(({ leaseUntil }) => leaseUntil),
      ...[...store.records.values()].map(record => (record.state === 'claimed' ? record.leaseUntil : 0)),
    );
    const isAnswered = await settled(() => request(-1));
    if (!isAnswered && scenario.afterCrash === 'rerun') throw new Broken('the key is stuck past its lease');
    if (scenario.commits) checkEffects();
    const [record] = [...store.records.values()];
    if (record === undefined) return;
    world.now = Math.max(world.now, record.expiresAt);
    const before = counts.runs;
    await settled(() => request(-1));
    if (counts.runs !== before + 1) throw new Broken('an expired key is not free');
  }

  /** One for each life at most, and just one where a client was told of success. */
  function checkEffects(): void {
    for (const life of new Set(runs.map(run => run.life))) {
      const count = store.writes.filter(({ Put }) => runs[Put?.Item?.run - 1]?.life === life).length;
      if (count > 1) throw new Broken(`${count} effects were committed`);
      if (answers.has(life) && count !== 1) throw new Broken(`a client was told of success, with ${count} effects`);
    }
  }

  async function settled(send: () => Promise<boolean>): Promise<boolean> {
    const result = send();
    result.catch(() => {});
    await world.run();
    return result;
  }
}

class Broken extends Error {
  override readonly name = 'Broken';
}
