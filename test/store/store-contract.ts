/**
 * What every store must do: run by each store's own test. Instants are made up: the table's time to live must be off, or it
 * deletes what these tests call alive.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ClaimedRecord, type CompletedRecord, completed, newClaim } from '../../lib/protocol/record.ts';
import type { CallOptions, IdempotencyStore } from '../../lib/store/store.ts';

const options: CallOptions = { timeoutMs: 5_000 };
const retentionMs = 60_000;
const response = { statusCode: 201, headers: { 'content-type': 'text/plain' }, body: 'made' };

const claimFor = (id: string, now: number, attempt = 1): ClaimedRecord =>
  newClaim({ id, fingerprint: 'f', owner: randomUUID(), attempt, now, leaseMs: 10_000, retentionMs });

/** With the response of every completed record that it shows: how a store stands for one until it is loaded is its own business. */
function showingResponses(store: IdempotencyStore): IdempotencyStore {
  const shown = async (value: unknown): Promise<unknown> => {
    if (typeof value !== 'object' || value === null) return value;
    if ('state' in value && value.state === 'completed')
      return { ...value, response: await store.loadResponse(value as CompletedRecord, options) };
    if ('by' in value) return { ...value, by: await shown(value.by) };
    return 'to' in value ? { ...value, to: await shown(value.to) } : value;
  };
  return new Proxy(store, {
    get: (target, name) => {
      const member = Reflect.get(target, name, target);
      return typeof member === 'function' ? async (...args: unknown[]) => shown(await member.apply(target, args)) : member;
    },
  });
}

export function describeStoreContract(name: string, newStore: () => Promise<IdempotencyStore>): void {
  describe(`store contract: ${name}`, () => {
    const setUp = async (now = 1_000) => {
      const store = showingResponses(await newStore());
      const claim = claimFor(randomUUID(), now);
      expect(await store.claim(claim, now, options)).toEqual({ outcome: 'claimed' });
      return { store, claim, rival: claimFor(claim.id, now, 2) };
    };

    it('reads nothing where nothing was claimed', async () => {
      expect(await (await newStore()).read(randomUUID(), options)).toBeUndefined();
    });

    it('reads the claim back', async () => {
      const { store, claim } = await setUp();
      expect(await store.read(claim.id, options)).toEqual(claim);
    });

    it('claims a key once, and shows the loser what holds it', async () => {
      const { store, claim, rival } = await setUp();
      expect(await store.claim(rival, 1_000, options)).toEqual({ outcome: 'held', by: claim });
      expect(await store.read(claim.id, options)).toEqual(claim);
    });

    it('lets one of many concurrent claims win', async () => {
      const store = await newStore();
      const id = randomUUID();
      const claims = Array.from({ length: 20 }, () => claimFor(id, 1_000));
      const results = await Promise.all(claims.map(claim => store.claim(claim, 1_000, options)));
      const winners = claims.filter((_, index) => results[index]?.outcome === 'claimed');
      expect(winners).toHaveLength(1);
      expect(await store.read(id, options)).toEqual(winners[0]);
    });

    it('takes meeting its own claim for success', async () => {
      const { store, claim } = await setUp();
      expect(await store.claim(claim, 1_000, options)).toEqual({ outcome: 'claimed' });
    });

    it('keeps claims of different keys apart', async () => {
      const { store } = await setUp();
      expect(await store.claim(claimFor(randomUUID(), 1_000), 1_000, options)).toEqual({ outcome: 'claimed' });
    });

    it('counts a record as absent from the millisecond it expires', async () => {
      const { store, claim } = await setUp();
      const next = claimFor(claim.id, claim.expiresAt);
      expect(await store.claim(next, claim.expiresAt - 1, options)).toEqual({ outcome: 'held', by: claim });
      expect(await store.claim(next, claim.expiresAt, options)).toEqual({ outcome: 'claimed' });
      expect(await store.read(claim.id, options)).toEqual(next);
    });

    it('counts an expired response as absent too', async () => {
      const { store, claim } = await setUp();
      const record = completed(claim, response, retentionMs);
      await store.complete(record, options);
      const next = claimFor(claim.id, record.expiresAt);
      expect(await store.claim(next, record.expiresAt - 1, options)).toEqual({ outcome: 'held', by: record });
      expect(await store.claim(next, record.expiresAt, options)).toEqual({ outcome: 'claimed' });
      expect(await store.read(claim.id, options)).toEqual(next);
    });

    it('takes a claim over from the owner that was seen', async () => {
      const { store, claim, rival } = await setUp();
      expect(await store.takeOver(rival, claim.owner, options)).toEqual({ outcome: 'claimed' });
      expect(await store.read(claim.id, options)).toEqual(rival);
    });

    it('lets one of many concurrent take-overs win', async () => {
      const { store, claim } = await setUp();
      const rivals = Array.from({ length: 20 }, () => claimFor(claim.id, 1_000, 2));
      const results = await Promise.all(rivals.map(rival => store.takeOver(rival, claim.owner, options)));
      expect(results.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
    });

    it('takes meeting its own take-over for success', async () => {
      const { store, claim, rival } = await setUp();
      await store.takeOver(rival, claim.owner, options);
      expect(await store.takeOver(rival, claim.owner, options)).toEqual({ outcome: 'claimed' });
    });

    it('does not take over from another owner than the one seen', async () => {
      const { store, claim, rival } = await setUp();
      await store.takeOver(rival, claim.owner, options);
      expect(await store.takeOver(claimFor(claim.id, 1_000, 2), claim.owner, options)).toEqual({ outcome: 'held', by: rival });
    });

    it('does not take over a completed record of the owner seen', async () => {
      const { store, claim, rival } = await setUp();
      const record = completed(claim, response, retentionMs);
      await store.complete(record, options);
      expect(await store.takeOver(rival, claim.owner, options)).toEqual({ outcome: 'held', by: record });
    });

    it('does not take over what is gone', async () => {
      const { store, claim, rival } = await setUp();
      await store.release(claim, options);
      expect(await store.takeOver(rival, claim.owner, options)).toEqual({ outcome: 'held', by: undefined });
      expect(await store.read(claim.id, options)).toBeUndefined();
    });

    it('completes its own claim', async () => {
      const { store, claim } = await setUp();
      const record = completed(claim, response, retentionMs);
      expect(await store.complete(record, options)).toEqual({ outcome: 'done' });
      expect(await store.read(claim.id, options)).toEqual(record);
    });

    it('takes a completion that is applied already for success', async () => {
      const { store, claim } = await setUp();
      const record = completed(claim, response, retentionMs);
      await store.complete(record, options);
      expect(await store.complete(record, options)).toEqual({ outcome: 'done' });
    });

    it("does not complete over a successor's claim", async () => {
      const { store, claim, rival } = await setUp();
      await store.takeOver(rival, claim.owner, options);
      expect(await store.complete(completed(claim, response, retentionMs), options)).toEqual({ outcome: 'lost', to: rival });
      expect(await store.read(claim.id, options)).toEqual(rival);
    });

    it("does not complete over a successor's response", async () => {
      const { store, claim, rival } = await setUp();
      await store.takeOver(rival, claim.owner, options);
      const successor = completed(rival, { statusCode: 200, body: 'other' }, retentionMs);
      await store.complete(successor, options);
      expect(await store.complete(completed(claim, response, retentionMs), options)).toEqual({ outcome: 'lost', to: successor });
      expect(await store.read(claim.id, options)).toEqual(successor);
    });

    it('does not complete what was released', async () => {
      const { store, claim } = await setUp();
      await store.release(claim, options);
      expect(await store.complete(completed(claim, response, retentionMs), options)).toEqual({ outcome: 'lost', to: undefined });
      expect(await store.read(claim.id, options)).toBeUndefined();
    });

    it('releases its own claim, and the key is free', async () => {
      const { store, claim } = await setUp();
      expect(await store.release(claim, options)).toEqual({ outcome: 'done' });
      expect(await store.read(claim.id, options)).toBeUndefined();
      expect(await store.claim(claimFor(claim.id, 1_000), 1_000, options)).toEqual({ outcome: 'claimed' });
    });

    it('takes a release that is applied already for success', async () => {
      const { store, claim } = await setUp();
      await store.release(claim, options);
      expect(await store.release(claim, options)).toEqual({ outcome: 'done' });
    });

    it("does not release a successor's claim", async () => {
      const { store, claim, rival } = await setUp();
      await store.takeOver(rival, claim.owner, options);
      expect(await store.release(claim, options)).toEqual({ outcome: 'lost', to: rival });
      expect(await store.read(claim.id, options)).toEqual(rival);
    });

    it('does not release what is completed', async () => {
      const { store, claim } = await setUp();
      const record = completed(claim, response, retentionMs);
      await store.complete(record, options);
      expect(await store.release(claim, options)).toEqual({ outcome: 'lost', to: record });
      expect(await store.read(claim.id, options)).toEqual(record);
    });

    it.each([
      ['nothing but a status', { statusCode: 204 }],
      ['an empty body', { statusCode: 200, body: '' }],
      ['text', { statusCode: 200, body: 'Zoë ☕ 𝕏\u0000\n' }],
      ['half a surrogate pair', { statusCode: 200, body: 'a\ud800b' }],
      ['binary', { statusCode: 200, body: 'AP/+', isBase64Encoded: true }],
      ['base64 in an unusual spelling', { statusCode: 200, body: 'AP_-', isBase64Encoded: true }],
      [
        '100 KB of JSON',
        {
          statusCode: 200,
          body: JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id, name: `contact ${id}`, type: 'client' }))),
        },
      ],
      [
        'headers of every kind',
        {
          statusCode: 200,
          headers: { a: 'b', n: 1, t: true },
          multiValueHeaders: { c: ['d', 'e'] },
          statusDescription: '200 OK',
          body: 'x',
        },
      ],
      ['60 KB that do not compress', { statusCode: 200, body: randomBytes(60_000).toString('base64'), isBase64Encoded: true }],
      ['the 6 MB that Lambda allows', { statusCode: 200, body: randomBytes(4_700_000).toString('base64'), isBase64Encoded: true }],
    ])('gives back a response with %s as it was', async (_what, exotic) => {
      const { store, claim } = await setUp();
      await store.complete(completed(claim, exotic, retentionMs), options);
      expect(await store.read(claim.id, options)).toEqual(completed(claim, exotic, retentionMs));
    });

    describe('commit', () => {
      const token = () => ({ ...options, token: randomUUID() });

      it('completes its own claim', async () => {
        const { store, claim } = await setUp();
        const record = completed(claim, response, retentionMs);
        const one = token();
        expect(await store.commit(record, [], one)).toEqual({ outcome: 'done' });
        expect(await store.read(claim.id, options)).toEqual({ ...record, commit: one.token });
      });

      it('takes one that is applied already for success', async () => {
        const { store, claim } = await setUp();
        const record = completed(claim, response, retentionMs);
        const one = token();
        await store.commit(record, [], one);
        expect(await store.commit(record, [], one)).toEqual({ outcome: 'done' });
      });

      it('does not take another commit, or a completion, of its own attempt for itself', async () => {
        const { store, claim } = await setUp();
        const record = completed(claim, response, retentionMs);
        const one = token();
        await store.commit(record, [], one);
        const to = { ...record, commit: one.token };
        expect(await store.commit(record, [], token())).toEqual({ outcome: 'lost', to, error: expect.any(Error) });
        expect(await store.complete(record, options)).toEqual({ outcome: 'lost', to });
        const other = await setUp();
        const completion = completed(other.claim, response, retentionMs);
        await other.store.complete(completion, options);
        expect(await other.store.commit(completion, [], token())).toMatchObject({ outcome: 'lost', to: completion });
      });

      it("does not complete over a successor's claim, and shows it", async () => {
        const { store, claim, rival } = await setUp();
        await store.takeOver(rival, claim.owner, options);
        const result = await store.commit(completed(claim, response, retentionMs), [], token());
        expect(result).toEqual({ outcome: 'lost', to: rival, error: expect.any(Error) });
        expect(await store.read(claim.id, options)).toEqual(rival);
      });

      it('does not complete what was released', async () => {
        const { store, claim } = await setUp();
        await store.release(claim, options);
        expect(await store.commit(completed(claim, response, retentionMs), [], token())).toMatchObject({ outcome: 'lost', to: undefined });
        expect(await store.read(claim.id, options)).toBeUndefined();
      });
    });

    describe('amend', () => {
      const other = { statusCode: 200, headers: { changed: 'yes' }, body: 'other' };

      it('replaces the response of its own completed record', async () => {
        const { store, claim } = await setUp();
        await store.complete(completed(claim, response, retentionMs), options);
        expect(await store.amend(completed(claim, other, retentionMs), options)).toEqual({ outcome: 'done' });
        expect(await store.amend(completed(claim, other, retentionMs), options)).toEqual({ outcome: 'done' });
        expect(await store.read(claim.id, options)).toEqual(completed(claim, other, retentionMs));
      });

      it('replaces nothing of a claim, of a successor, or of nobody', async () => {
        const { store, claim, rival } = await setUp();
        const amended = completed(claim, other, retentionMs);
        expect(await store.amend(amended, options)).toEqual({ outcome: 'lost', to: claim });
        await store.takeOver(rival, claim.owner, options);
        const successor = completed(rival, response, retentionMs);
        await store.complete(successor, options);
        expect(await store.amend(amended, options)).toEqual({ outcome: 'lost', to: successor });
        expect(await store.amend({ ...amended, id: randomUUID() }, options)).toEqual({ outcome: 'lost', to: undefined });
      });
    });
  });
}
