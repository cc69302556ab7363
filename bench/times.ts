/** Median times of several pieces of work, taken in one run. */
import { median } from './report.ts';

/**
 * In ms. The order is another one in every round: what a piece leaves behind (garbage, memory given back to the system) is paid for
 * by the next one, and in a fixed order that is always the same one.
 */
export function medianTimes<Name extends string>(work: Readonly<Record<Name, () => unknown>>, rounds: number): Record<Name, number> {
  // The keys of a record of `Name`s are `Name`s.
  const names = Object.keys(work) as Name[];
  const times = new Map(names.map(name => [name, [] as number[]]));
  const warmUps = Math.ceil(rounds / 10);
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of shuffled(names)) {
      const startedAt = performance.now();
      work[name]();
      if (round >= 0) times.get(name)?.push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all)])) as Record<Name, number>;
}

export function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map(value => ({ value, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}
