import { describe, expect, it } from 'vitest';
import type { Environment } from '../lib/environment.ts';
import { IdempotencyStoreError } from '../lib/errors.ts';
import { insist } from '../lib/insist.ts';

const passing = new IdempotencyStoreError('store_failed', 'complete', true, 'no answer');
const final = new IdempotencyStoreError('store_failed', 'complete', false, 'refused');

/** Time passes in pauses, while the clock is being set back. */
function world() {
  let elapsed = 0;
  const environment: Environment = {
    now: () => 1_000_000 - elapsed,
    elapsedMs: () => elapsed,
    sleep: async ms => {
      elapsed += ms;
    },
    random: () => 1,
    newToken: () => 'token',
  };
  return { environment, elapsed: () => elapsed };
}

describe('insisting on a write', () => {
  it('gives up in time, also while the clock is set back', async () => {
    const { environment, elapsed } = world();
    let tries = 0;
    const write = async () => {
      if (++tries > 100) throw new Error('for ever');
      throw passing;
    };
    await expect(insist(environment, () => 2_000, write)).rejects.toBe(passing);
    expect(elapsed()).toBeLessThan(1_500);
    expect(tries).toBe(5);
  });

  it('does not send again what can not succeed', async () => {
    let tries = 0;
    const write = async () => {
      tries++;
      throw final;
    };
    await expect(insist(world().environment, () => 2_000, write)).rejects.toBe(final);
    expect(tries).toBe(1);
  });
});
