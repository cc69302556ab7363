/**
 * Explores what can happen to one key: all schedules of a small world, then random ones of larger worlds. `EXPLORE=long` explores ten
 * times as many; `EXPLORE_SEED` begins at another seed, and a failure names the one to begin at.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { exhaust, randomChoices } from './choices.ts';
import { type Counts, playSchedule, type Scenario } from './schedule.ts';

const isLong = process.env.EXPLORE === 'long';
const firstSeed = Number(process.env.EXPLORE_SEED ?? 1);
const timeout = isLong ? 3_600_000 : 300_000;

const totals: Record<string, number> = { schedules: 0 };
const add = (counts: Counts) => {
  totals.schedules = (totals.schedules ?? 0) + 1;
  for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
};
afterAll(() => {
  console.log(
    `explored: ${Object.entries(totals)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
});

const small: Scenario = {
  limits: { faults: 1, jumps: 1 },
  clients: 2,
  requestsPerClient: 1,
  commits: false,
  mayFail: false,
  afterCrash: 'rerun',
  waitMs: 0,
};

const worlds: readonly [what: string, scenario: Scenario][] = [
  ['two requests, a fault and a jump', small],
  ['two requests that may fail, a fault and a jump', { ...small, mayFail: true }],
  ['two requests, two faults and a jump', { ...small, limits: { faults: 2, jumps: 1 } }],
  [
    'one client that asks three times, two faults and two jumps',
    { ...small, clients: 1, requestsPerClient: 3, limits: { faults: 2, jumps: 2 } },
  ],
  ['a repeat that waits, a fault and a jump', { ...small, waitMs: 100 }],
];
const ways: readonly [what: string, difference: Partial<Scenario>][] = [
  ['completing after the effect', {}],
  ['committing', { commits: true }],
  ['committing, and not guessing after a crash', { commits: true, afterCrash: 'reject' }],
];
const cases = worlds.flatMap(([world, scenario]) =>
  ways.map(([way, difference]) => ({ what: `${world}; ${way}`, scenario: { ...scenario, ...difference } })),
);

describe('every schedule there is keeps the promises', () => {
  it.each(cases)('$what', { timeout }, async ({ scenario }) => {
    const { isComplete } = await exhaust(async choices => add(await playSchedule(choices, scenario)), 1_000_000);
    expect(isComplete).toBe(true);
  });
});

describe('random schedules of larger worlds keep the promises', () => {
  const schedules = isLong ? 1_000_000 : 30_000;
  it(`${schedules} of them`, { timeout }, async () => {
    for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
      const choices = randomChoices(seed);
      const scenario: Scenario = {
        limits: { faults: choices.choose(6), jumps: choices.choose(4) },
        clients: 2 + choices.choose(3),
        requestsPerClient: 1 + choices.choose(3),
        commits: choices.choose(2) === 0,
        mayFail: choices.choose(2) === 0,
        afterCrash: choices.choose(4) === 0 ? 'reject' : 'rerun',
        waitMs: choices.choose(3) === 0 ? 200 : 0,
      };
      try {
        add(await playSchedule(choices, scenario));
      } catch (error) {
        throw new Error(`EXPLORE_SEED=${seed}: ${error instanceof Error ? error.message : error} in ${JSON.stringify(scenario)}`, {
          cause: error,
        });
      }
    }
  });
});
