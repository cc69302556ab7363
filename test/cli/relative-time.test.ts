import { expect, it } from 'vitest';
import { relativeTime } from '../../lib/cli/relative-time.ts';

const now = Date.UTC(2026, 10, 24);

it.each([
  [0, 'now'],
  [999, 'now'],
  [-999, 'now'],
  [1_000, 'in 1 s'],
  [-59_999, '59 s ago'],
  [-60_000, '1 min ago'],
  [61_000, 'in 1 min 1 s'],
  [3_600_000, 'in 1 h'],
  [3_601_000, 'in 1 h'],
  [-(23 * 3_600_000 + 18 * 60_000), '23 h 18 min ago'],
  [86_400_000 * 7 + 3_600_000, 'in 7 d 1 h'],
])('%i ms from now is %s', (distance, words) => {
  expect(relativeTime(now + distance, now)).toBe(words);
});
