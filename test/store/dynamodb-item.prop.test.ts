import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completed, newClaim, type StoredResponse } from '../../lib/protocol/record.ts';
import { bodyItemIds, joinBody } from '../../lib/store/body-items.ts';
import { claimItem, completionItems, fromItem } from '../../lib/store/dynamodb-item.ts';
import { itemSize } from '../../lib/store/item-size.ts';
import { unpackResponse } from '../../lib/store/response-codec.ts';

const claims = fc
  .record({
    id: fc.string({ minLength: 1 }),
    fingerprint: fc.string(),
    owner: fc.string({ minLength: 1 }),
    attempt: fc.integer({ min: 1 }),
    now: fc.integer({ min: 0, max: 4e12 }),
    leaseMs: fc.integer({ min: 1, max: 9e5 }),
    retentionMs: fc.integer({ min: 1000, max: 1e12 }),
  })
  .map(newClaim);

const bodies = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.base64String(),
  fc.constant(''),
  fc.json(),
  // Around every threshold: where compression begins, where body items begin, and where a second and a third one does.
  fc
    .tuple(fc.constantFrom(600, 700, 16_384, 409_600, 819_200), fc.integer({ min: -1500, max: 1500 }), fc.boolean())
    .map(([size, more, isNoise]) => {
      const length = Math.max(0, size + more);
      return isNoise
        ? randomBytes(length)
            .toString('base64')
            .slice(0, Math.ceil(length / 3) * 4)
        : 'x'.repeat(length);
    }),
);
const responses: fc.Arbitrary<StoredResponse> = fc.record(
  {
    statusCode: fc.integer({ min: 200, max: 299 }),
    headers: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { noNullPrototype: true }),
    body: bodies,
    isBase64Encoded: fc.constant(true),
  },
  { requiredKeys: ['statusCode'] },
);

describe('items', () => {
  it('give back every claim', () => {
    fc.assert(
      fc.property(claims, claim => {
        expect(fromItem(claimItem(claim))).toEqual(claim);
      }),
    );
  });

  it('give back every response, byte for byte, and none is too large', { timeout: 60_000 }, () => {
    let apart = 0;
    fc.assert(
      fc.property(claims, responses, fc.constantFrom('completed', 'amended'), (claim, response, revision) => {
        const { item, bodyItems } = completionItems(completed(claim, response, 60_000), revision);
        for (const one of [item, ...bodyItems]) expect(itemSize(one)).toBeLessThanOrEqual(400 * 1024);
        const record = fromItem(item);
        if (record.state !== 'completed') throw new Error(record.state);
        if ('packed' in record.response) {
          expect(unpackResponse(record.response.packed)).toEqual(response);
          return;
        }
        if (!('bodyItems' in record.response)) throw new Error('a response came unpacked');
        apart++;
        const ids = bodyItemIds(record, record.response);
        expect(bodyItems.map(({ id }) => id?.S)).toEqual(ids);
        // DynamoDB gives a batch back in any order.
        const packed = joinBody(ids, bodyItems.toReversed());
        expect(packed && unpackResponse(packed)).toEqual(response);
      }),
      { numRuns: 2_000 },
    );
    expect(apart).toBeGreaterThan(50);
  });

  it('keep what a claim collides with small', () => {
    fc.assert(
      fc.property(responses, response => {
        const claim = newClaim({
          id: 'i'.repeat(43),
          fingerprint: 'f'.repeat(43),
          owner: 'o'.repeat(36),
          attempt: 1,
          now: Date.now(),
          leaseMs: 1,
          retentionMs: 1,
        });
        expect(itemSize(completionItems(completed(claim, response, 1), 'completed').item)).toBeLessThan(17_000);
      }),
      { numRuns: 500 },
    );
  });
});
