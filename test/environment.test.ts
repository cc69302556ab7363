import { describe, expect, it } from 'vitest';
import { remainingMs } from '../lib/environment.ts';

const telling = (getRemainingTimeInMillis: unknown) => ({ getRemainingTimeInMillis });

describe('the time that an invocation has left', () => {
  it('is what its context says, and never negative', () => {
    expect([remainingMs(telling(() => 1_234.5)), remainingMs(telling(() => -1))]).toEqual([1_234.5, 0]);
  });

  it('is asked of the context as its method', () => {
    class Context {
      readonly left = 7;
      getRemainingTimeInMillis(): number {
        return this.left;
      }
    }
    expect(remainingMs(new Context())).toBe(7);
  });

  it.each([
    ['no context', undefined],
    ['null', null],
    ['no object', 'context'],
    ['an empty context', {}],
    ['no function', telling(5)],
    ['no number', telling(() => '5')],
    ['not a number', telling(() => Number.NaN)],
    ['no end', telling(() => Number.POSITIVE_INFINITY)],
    [
      'a function that throws',
      telling(() => {
        throw new Error('not now');
      }),
    ],
  ])('is assumed to be what API Gateway allows, given %s', (_what, context) => {
    expect(remainingMs(context)).toBe(29_000);
  });
});
