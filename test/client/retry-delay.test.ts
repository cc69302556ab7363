import { describe, expect, it } from 'vitest';
import { retryAfterMs, retryDelayMs } from '../../lib/client/retry-delay.ts';

const now = Date.UTC(2026, 10, 24, 9, 30);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    ['007', 7_000],
    ['Tue, 24 Nov 2026 09:30:05 GMT', 5_000],
    ['Tuesday, 24-Nov-26 09:30:05 GMT', 5_000],
    ['Tue, 24 Nov 2026 09:29:00 GMT', 0],
  ])('%j is %i ms', (field, ms) => {
    expect(retryAfterMs(field, now)).toBe(ms);
  });

  it.each([null, '', '-5', '1.5', '1e3', '0x10', 'soon', 'Tue', 'Tue, ', '2027-01-01', '1, 2', ' '])('%j is none', field => {
    expect(retryAfterMs(field, now)).toBe(0);
  });

  it('may be longer than any number of milliseconds: then there is no next attempt', () => {
    expect(retryDelayMs(1, 0, retryAfterMs('9'.repeat(400), now))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the pause', () => {
  it('stays finite however many attempts there were', () => {
    expect(retryDelayMs(5_000, 0.5, 0)).toBe(5_000);
  });
});
