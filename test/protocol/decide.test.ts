import { describe, expect, it } from 'vitest';
import { decide } from '../../lib/protocol/decide.ts';
import { type ClaimedRecord, type CompletedRecord, completed, newClaim } from '../../lib/protocol/record.ts';

const response = { statusCode: 201, body: 'made' };

const claim: ClaimedRecord = newClaim({
  id: 'id',
  fingerprint: 'POST /contacts',
  owner: 'first',
  attempt: 1,
  now: 1_000,
  leaseMs: 30_000,
  retentionMs: 86_400_000,
});
const leaseUntil = 31_000;
const expiresAt = 86_401_000;
const done: CompletedRecord = completed(claim, response, 86_400_000);

const same = { fingerprint: 'POST /contacts', afterCrash: 'rerun' } as const;
const other = { ...same, fingerprint: 'DELETE /contacts' } as const;

describe('decide', () => {
  it('claims a key that nobody holds', () => {
    expect(decide(undefined, same, 1_000)).toEqual({ kind: 'claim' });
  });

  it('is in progress while the lease lasts, and says how long that is', () => {
    expect(decide(claim, same, leaseUntil - 1)).toEqual({ kind: 'in-progress', leaseLeftMs: 1 });
  });

  it('takes over from the instant the lease ends, as the next attempt, and names the owner it saw', () => {
    expect(decide(claim, same, leaseUntil)).toEqual({ kind: 'take-over', owner: 'first', attempt: 2 });
    expect(decide({ ...claim, attempt: 7 }, same, leaseUntil)).toMatchObject({ attempt: 8 });
  });

  it('does not guess when policy says so', () => {
    expect(decide(claim, { ...same, afterCrash: 'reject' }, leaseUntil)).toEqual({ kind: 'outcome-unknown' });
  });

  it('still waits for a live attempt when policy says not to guess', () => {
    expect(decide(claim, { ...same, afterCrash: 'reject' }, leaseUntil - 1)).toMatchObject({ kind: 'in-progress' });
  });

  it('replays a completed record until the instant it expires', () => {
    expect(decide(done, same, expiresAt - 1)).toEqual({ kind: 'replay', record: done });
    expect(decide(done, same, expiresAt)).toEqual({ kind: 'claim' });
  });

  it('counts an expired claim as nobody', () => {
    expect(decide(claim, same, expiresAt)).toEqual({ kind: 'claim' });
  });

  it.each([
    ['a completed record', done, leaseUntil],
    ['a running attempt', claim, leaseUntil - 1],
    ['a dead attempt', claim, leaseUntil],
  ])('puts a mismatch above everything else: %s', (_what, record, now) => {
    expect(decide(record, other, now)).toEqual({ kind: 'conflict' });
  });

  it('knows no mismatch with an expired record', () => {
    expect(decide(done, other, expiresAt)).toEqual({ kind: 'claim' });
  });
});
