import { describe, expect, it } from 'vitest';
import { bodyItemIds, joinBody, splitBody } from '../../lib/store/body-items.ts';

const record = { id: 'id', owner: 'me' };
const largestPart = 400 * 1024 - 1024;
const packedOf = (length: number) => Uint8Array.from({ length }, (_, index) => index % 251);
const partSizes = (length: number) => splitBody(record, packedOf(length), 'r').map(({ part }) => part?.B?.byteLength);

describe('splitBody', () => {
  it('leaves up to 16 KB in the record', () => {
    expect(partSizes(16_384)).toEqual([]);
  });

  it('fills one item after the other', () => {
    expect(partSizes(16_385)).toEqual([16_385]);
    expect(partSizes(largestPart)).toEqual([largestPart]);
    expect(partSizes(largestPart + 1)).toEqual([largestPart, 1]);
    expect(partSizes(2 * largestPart + 5)).toEqual([largestPart, largestPart, 5]);
  });

  it('names the items by record, owner, revision and place', () => {
    const items = splitBody(record, packedOf(largestPart + 1), 'r');
    expect(items.map(({ id }) => id?.S)).toEqual(['id/me/r/0', 'id/me/r/1']);
    expect(items.map(({ id }) => id?.S)).toEqual(bodyItemIds(record, { bodyItems: 2, revision: 'r' }));
  });
});

describe('joinBody', () => {
  const packed = packedOf(2 * largestPart + 5);
  const items = splitBody(record, packed, 'r');
  const ids = bodyItemIds(record, { bodyItems: 3, revision: 'r' });

  it('puts the parts together in the order of the ids, whatever order the items come in', () => {
    const joined = joinBody(ids, items.toReversed());
    expect(joined && Buffer.compare(joined, packed)).toBe(0);
  });

  it.each([0, 1, 2])('gives nothing back when part %i is missing', missing => {
    expect(joinBody(ids, items.toSpliced(missing, 1))).toBeUndefined();
  });

  it('gives nothing back when an item has no part, or no name', () => {
    const [first, second, third] = items;
    expect(joinBody(ids, [first ?? {}, second ?? {}, { id: third?.id ?? { S: '' } }])).toBeUndefined();
    expect(joinBody(ids, [first ?? {}, second ?? {}, { part: third?.part ?? { S: '' } }])).toBeUndefined();
  });
});
