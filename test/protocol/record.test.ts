import { describe, expect, it } from 'vitest';
import { completed, isExpired, newClaim } from '../../lib/protocol/record.ts';

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

describe('isExpired', () => {
  it('is exact to the millisecond', () => {
    const claim = newClaim({ ...facts, leaseMs: 1, retentionMs: 1_000 });
    expect([isExpired(claim, 5_999), isExpired(claim, 6_000)]).toEqual([false, true]);
  });
});
