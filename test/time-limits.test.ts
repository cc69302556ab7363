import { describe, expect, it } from 'vitest';
import { leaseMs, mayBeTimeout, pollDelayMs, retryDelayMs, storeBudget, waitBudget } from '../lib/time-limits.ts';

describe('leaseMs', () => {
  it('outlasts the invocation by a second, and is whole', () => {
    expect([leaseMs(29_000), leaseMs(29_000.2), leaseMs(0)]).toEqual([30_000, 30_001, 1_000]);
  });
});

describe('storeBudget', () => {
  it('keeps back half a second to answer in', () => {
    expect([storeBudget(2_000), storeBudget(2_000.7)]).toEqual([1_500, 1_500]);
  });

  it('is never more than five seconds', () => {
    expect(storeBudget(900_000)).toBe(5_000);
  });

  it('leaves time for a try when there is none left', () => {
    expect([storeBudget(751), storeBudget(750), storeBudget(0)]).toEqual([251, 250, 250]);
  });
});

describe('waitBudget', () => {
  it('is what was asked for, or all but half a second of what is left', () => {
    expect([waitBudget(3_000, 29_000), waitBudget(3_000, 2_000)]).toEqual([3_000, 1_500]);
  });
});

describe('pollDelayMs', () => {
  it('grows by half with each look, up to a quarter of a second, and is near that pace for three looks, near half of it later', () => {
    expect([0, 1, 2].map(looks => pollDelayMs(looks, 0))).toEqual([45, 67.5, 101.25]);
    expect([3, 4, 5, 50].map(looks => pollDelayMs(looks, 0))).toEqual([84.375, 125, 125, 125]);
  });

  it('is spread over a tenth of its pace', () => {
    expect([0, 50].map(looks => pollDelayMs(looks, 0.5))).toEqual([expect.closeTo(47.5), expect.closeTo(137.5)]);
  });
});

describe('retryDelayMs', () => {
  it('doubles with each try, up to a second', () => {
    expect([0, 1, 2, 4, 5, 50].map(tries => retryDelayMs(tries, 1))).toEqual([50, 100, 200, 800, 1_000, 1_000]);
  });

  it('is spread over the upper half of its pace', () => {
    expect([retryDelayMs(0, 0), retryDelayMs(0, 0.5)]).toEqual([25, 37.5]);
  });
});

describe('mayBeTimeout', () => {
  it('suspects one when less than a second is left', () => {
    expect([mayBeTimeout(999), mayBeTimeout(1_000)]).toEqual([true, false]);
  });
});
