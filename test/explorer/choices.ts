/** Where a schedule's decisions come from: every one there is, in turn, or a seeded die. */

export interface Choices {
  /** A number from 0 to `options` - 1. */
  choose(options: number): number;
}

/** All schedules, depth first: `run` is called with the choices of one schedule after the other, until there is none left. */
export async function exhaust(
  run: (choices: Choices) => Promise<void>,
  limit: number,
): Promise<{ schedules: number; isComplete: boolean }> {
  let prefix: number[] = [];
  for (let schedules = 1; ; schedules++) {
    const taken: { choice: number; options: number }[] = [];
    await run({
      choose: options => {
        const choice = prefix[taken.length] ?? 0;
        taken.push({ choice, options });
        return choice;
      },
    });
    while (taken.length > 0 && isLast(taken.at(-1))) taken.pop();
    if (taken.length === 0) return { schedules, isComplete: true };
    if (schedules === limit) return { schedules, isComplete: false };
    prefix = taken.map(({ choice }, index) => (index === taken.length - 1 ? choice + 1 : choice));
  }
}

/** mulberry32: small, fast, and the same everywhere. */
export function randomChoices(seed: number): Choices {
  let state = seed >>> 0;
  return {
    choose: options => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) % options;
    },
  };
}

function isLast(taken: { choice: number; options: number } | undefined): boolean {
  return taken !== undefined && taken.choice === taken.options - 1;
}
