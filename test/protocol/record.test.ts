import { describe, expect, it } from 'vitest';
import { completed, isExpired, isTryOf, newClaim } from '../../lib/protocol/record.ts';

const facts = { id: 'id', fingerprint: 'f', owner: 'o', attempt: 3, now: 5_000 };

describe('newClaim', () => {
  it('leases the key, and keeps the record for the retention', () => {
    expect(newClaim({ ...facts, leaseMs: 2_000, retentionMs: 10_000 })).toEqual({
      state: 'claimed',
      id: 'id',
      fingerprint: 'f',
      owner: 'o',
      attempt: 3,
      claimedAt: 5_000,
      leaseUntil: 7_000,
      expiresAt: 15_000,
    });
  });

  it('does not expire before its lease, however short the retention', () => {
    expect(newClaim({ ...facts, leaseMs: 2_000, retentionMs: 1_000 })).toMatchObject({ leaseUntil: 7_000, expiresAt: 7_000 });
  });
});

describe('completed', () => {
  it('keeps the response for the retention, counted from the claim', () => {
    const claim = newClaim({ ...facts, leaseMs: 20_000, retentionMs: 10_000 });
    expect(claim.expiresAt).toBe(25_000);
    expect(completed(claim, { statusCode: 200 }, 10_000)).toEqual({
      state: 'completed',
      id: 'id',
      fingerprint: 'f',
      owner: 'o',
      attempt: 3,
      claimedAt: 5_000,
      expiresAt: 15_000,
      response: { statusCode: 200 },
    });
  });
});

describe('isTryOf', () => {
  const claim = newClaim({ ...facts, leaseMs: 1, retentionMs: 1_000 });
  const completion = completed(claim, { statusCode: 200 }, 1_000);
  const commit = { ...completion, commit: 'one' };

  it('knows its own commit, and its own completion without one', () => {
    expect([isTryOf(commit, { ...commit }), isTryOf(completion, { ...completion })]).toEqual([true, true]);
  });

  it.each([
    ['nothing', undefined],
    ['its claim', claim],
    ['the completion of another attempt', { ...commit, owner: 'p' }],
    ['another commit', { ...commit, commit: 'two' }],
    ['a completion without a commit', completion],
  ])('does not take %s for it', (_what, found) => {
    expect(isTryOf(commit, found)).toBe(false);
  });

  it('does not take a commit for a completion without one', () => {
    expect(isTryOf(completion, commit)).toBe(false);
  });
});

describe('isExpired', () => {
  it('is exact to the millisecond', () => {
    const claim = newClaim({ ...facts, leaseMs: 1, retentionMs: 1_000 });
    expect([isExpired(claim, 5_999), isExpired(claim, 6_000)]).toEqual([false, true]);
  });
});
