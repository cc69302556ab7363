/** The states of a commit, with the store and the clock in hand: what DynamoDB makes of one is in commit.test.ts. */
import { describe, expect, it } from 'vitest';
import { Commit, type CommitOutcome } from '../lib/commit.ts';
import type { Environment } from '../lib/environment.ts';
import { IdempotencyStoreError } from '../lib/errors.ts';
import { newClaim, type StoredResponse } from '../lib/protocol/record.ts';
import type { TransactionOptions } from '../lib/store/store.ts';

const response = { statusCode: 201, body: 'made' };
const stored = { statusCode: 201, body: 'made', headers: { as: 'stored' } };
const successor = newClaim({ id: 'id', fingerprint: 'f', owner: 'other', attempt: 2, now: 0, leaseMs: 1, retentionMs: 1 });
const storeError = new IdempotencyStoreError('store_failed', 'commit', true, 'no answer');
const cancelled = { outcome: 'cancelled', error: new Error('cancelled'), isPassing: false } as const;
const passing = { ...cancelled, isPassing: true } as const;

type Send = (options: TransactionOptions) => CommitOutcome | Promise<CommitOutcome>;

/** Time passes in pauses, and as long as `sendTakes` with each try. */
function committing({
  remaining = 29_000,
  send = (() => ({ outcome: 'done' })) as Send,
  sendTakes = 0,
  storable = (_response: unknown): StoredResponse => stored,
} = {}) {
  let now = 1_000_000;
  let tokens = 0;
  const pauses: number[] = [];
  const sent: (TransactionOptions & { readonly stored: StoredResponse })[] = [];
  const environment: Environment = {
    // A clock can be set: how long something takes is not read from one.
    now: () => Number.NaN,
    elapsedMs: () => now,
    sleep: async ms => {
      pauses.push(ms);
      now += ms;
    },
    random: () => 1,
    newToken: () => `token-${++tokens}`,
  };
  const commit = new Commit({ environment, remaining: () => remaining, storable });
  const run = () =>
    commit.run(response, async (stored, options) => {
      sent.push({ stored, ...options });
      now += sendTakes;
      return send(options);
    });
  return { commit, run, pauses, sent, timeouts: () => sent.map(({ timeoutMs }) => timeoutMs) };
}

describe('a commit', () => {
  it('is open until it is run', async () => {
    const { commit } = committing();
    expect(commit.state).toEqual({ kind: 'open' });
    expect(await commit.end()).toEqual({ kind: 'open' });
  });

  it('resolves to the response it was given; sends, and has committed, the one that is stored', async () => {
    const { commit, run, sent } = committing();
    expect(await run()).toBe(response);
    expect(sent).toEqual([{ stored, token: 'token-1', timeoutMs: 5_000 }]);
    expect(commit.state).toEqual({ kind: 'committed', response: stored });
  });

  it('is running while nobody has answered, and its end is waited for', async () => {
    const { promise, resolve } = Promise.withResolvers<CommitOutcome>();
    const { commit, run } = committing({ send: () => promise });
    const running = run();
    expect(commit.state).toEqual({ kind: 'running' });
    let ended = false;
    const end = commit.end().then(state => {
      ended = true;
      return state;
    });
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    resolve({ outcome: 'done' });
    expect(await end).toEqual({ kind: 'committed', response: stored });
    await running;
  });

  it('ends also when it fails and its handler does not look', async () => {
    const { commit, run } = committing({ send: () => ({ outcome: 'unknown', error: storeError }) });
    const ignored = run().catch(() => {});
    expect(await commit.end()).toEqual({ kind: 'unknown' });
    await ignored;
  });

  it('stays open, and sends nothing, when the response is none that is stored', async () => {
    const refusal = new Error('not stored');
    const { commit, run, sent } = committing({
      storable: () => {
        throw refusal;
      },
    });
    await expect(run()).rejects.toBe(refusal);
    expect([commit.state, sent]).toEqual([{ kind: 'open' }, []]);
  });
});

describe('a commit that DynamoDB cancels', () => {
  it('is open again, and shows the error of DynamoDB', async () => {
    const { commit, run, sent } = committing({ send: () => cancelled });
    await expect(run()).rejects.toBe(cancelled.error);
    expect(commit.state).toEqual({ kind: 'open' });
    expect(sent).toHaveLength(1);
  });

  it('may be followed by another', async () => {
    const outcomes: CommitOutcome[] = [cancelled, { outcome: 'done' }];
    const { commit, run, sent } = committing({ send: () => outcomes.shift() ?? cancelled });
    await expect(run()).rejects.toBe(cancelled.error);
    expect(await run()).toBe(response);
    expect(commit.state).toMatchObject({ kind: 'committed' });
    expect(sent.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });
});

describe('a commit that is refused', () => {
  it.each([
    [
      'the cause of a store error',
      new IdempotencyStoreError('store_failed', 'commit', false, 'refused', { cause: cancelled.error }),
      cancelled.error,
    ],
    ['a store error without a cause', storeError, storeError],
    ['any other error, whatever its cause', new Error('invalid', { cause: 'x' }), undefined],
  ])('is open again, and shows %s', async (_what, error, shown) => {
    const { commit, run } = committing({
      send: () => {
        throw error;
      },
    });
    await expect(run()).rejects.toBe(shown ?? error);
    expect(commit.state).toEqual({ kind: 'open' });
  });
});

describe('a commit that came too late', () => {
  it('is lost to who holds the key', async () => {
    const error = new Error('cancelled');
    const { commit, run } = committing({ send: () => ({ outcome: 'lost', to: successor, error }) });
    await expect(run()).rejects.toMatchObject({ code: 'lost_claim', cause: error });
    expect(commit.state).toEqual({ kind: 'lost', to: successor });
  });
});

describe('a commit without an answer', () => {
  it('is unknown', async () => {
    const { commit, run } = committing({ send: () => ({ outcome: 'unknown', error: storeError }) });
    await expect(run()).rejects.toMatchObject({
      name: 'IdempotencyCommitError',
      code: 'outcome_unknown',
      message: 'DynamoDB did not answer: the commit may have been applied, or may still be',
      cause: storeError,
    });
    expect(commit.state).toEqual({ kind: 'unknown' });
  });
});

describe('a second commit', () => {
  it.each<[string, CommitOutcome, string]>([
    ['has committed', { outcome: 'done' }, 'this request has committed: a request has one commit'],
    ['was lost', { outcome: 'lost', to: successor, error: storeError }, 'the claim was taken over: nothing can be committed any more'],
    [
      'is unknown',
      { outcome: 'unknown', error: storeError },
      'nobody knows whether the commit of this request was applied: another one might do it twice',
    ],
  ])('is refused when the first %s, and changes nothing', async (_what, outcome, message) => {
    const { commit, run, sent } = committing({ send: () => outcome });
    await run().catch(() => {});
    const { state } = commit;
    await expect(run()).rejects.toMatchObject({ name: 'IdempotencyCommitError', code: 'already_committed', message });
    expect(commit.state).toBe(state);
    expect(sent).toHaveLength(1);
  });

  it('is refused while the first is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<CommitOutcome>();
    const { run } = committing({ send: () => promise });
    const first = run();
    const message = 'a commit of this request is under way: a request has one';
    await expect(run()).rejects.toMatchObject({ code: 'already_committed', message });
    resolve({ outcome: 'done' });
    expect(await first).toBe(response);
  });
});

describe('a commit after the handler has answered', () => {
  const tooLate = { code: 'already_committed', message: 'the handler has answered already: commit before it does' };

  it('is refused, and nothing is sent', async () => {
    const { commit, run, sent } = committing();
    expect(await commit.end()).toEqual({ kind: 'open' });
    await expect(run()).rejects.toMatchObject(tooLate);
    expect([commit.state, sent]).toEqual([{ kind: 'open' }, []]);
  });

  it('is refused when it follows one that failed meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<CommitOutcome>();
    const { commit, run, sent } = committing({ send: () => promise });
    const first = run();
    const end = commit.end();
    await expect(run()).rejects.toMatchObject({ message: 'a commit of this request is under way: a request has one' });
    resolve(cancelled);
    await expect(first).rejects.toBe(cancelled.error);
    await expect(run()).rejects.toMatchObject(tooLate);
    expect(await end).toEqual({ kind: 'open' });
    expect(sent).toHaveLength(1);
  });
});

describe('a commit that others are in the way of', () => {
  it('is sent three times more, at a doubling pace, under one token', async () => {
    const { run, pauses, sent } = committing({ send: () => passing });
    await expect(run()).rejects.toBe(passing.error);
    expect(pauses).toEqual([50, 100, 200]);
    expect(sent.map(({ token }) => token)).toEqual(['token-1', 'token-1', 'token-1', 'token-1']);
  });

  it('is not sent again once it is decided', async () => {
    const outcomes: CommitOutcome[] = [passing, { outcome: 'done' }];
    const { commit, run, sent } = committing({ send: () => outcomes.shift() ?? passing });
    expect(await run()).toBe(response);
    expect(commit.state).toMatchObject({ kind: 'committed' });
    expect(sent).toHaveLength(2);
  });

  it('has what is left of its five seconds for each try', async () => {
    const { run, timeouts } = committing({ send: () => passing, sendTakes: 1_000 });
    await run().catch(() => {});
    expect(timeouts()).toEqual([5_000, 3_950, 2_850, 1_650]);
  });

  it('gives up when the pause would use the time up', async () => {
    // 250 ms: of a pause of 50 ms, a try of 100 ms leaves 100 ms, and the next pause is 100 ms.
    const { run, pauses, timeouts } = committing({ send: () => passing, sendTakes: 50, remaining: 0 });
    await run().catch(() => {});
    expect([pauses, timeouts()]).toEqual([[50], [250, 150]]);
  });

  it('pauses as long as there is a moment left after it', async () => {
    const { run, pauses, timeouts } = committing({ send: () => passing, sendTakes: 49.5, remaining: 0 });
    await run().catch(() => {});
    expect(pauses).toEqual([50, 100]);
    // The last moment is less than a millisecond, and a try needs one.
    expect(timeouts()).toEqual([250, 150.5, 1]);
  });
});
