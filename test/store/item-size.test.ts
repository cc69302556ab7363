import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { itemSize, largestItem } from '../../lib/store/item-size.ts';

/** The value's own size: its attribute has a name of 1 byte. */
const sizeOf = (value: AttributeValue) => itemSize({ a: value }) - 1;
const bytes = (length: number) => new Uint8Array(length);

const values: readonly [what: string, value: AttributeValue, size: number][] = [
  ['a string: its bytes in UTF-8', { S: 'aé☕' }, 6],
  ['an empty string', { S: '' }, 0],
  ['bytes', { B: bytes(5) }, 5],
  ['no bytes', { B: bytes(0) }, 0],
  ['a set of strings: the sum', { SS: ['a', 'é'] }, 3],
  ['a set of numbers: the sum', { NS: ['1', '-12'] }, 5],
  ['a set of bytes: the sum', { BS: [bytes(2), bytes(3)] }, 5],
  ['true', { BOOL: true }, 1],
  ['null', { NULL: true }, 1],
  ['an empty map', { M: {} }, 3],
  ['a map: 3, and 1 for each member, besides names and values', { M: { ab: { S: 'c' }, é: { BOOL: false } } }, 3 + 2 + 3 + 3],
  ['an empty list', { L: [] }, 3],
  ['a list: 3, and 1 for each member, besides the values', { L: [{ S: 'abc' }, { NULL: true }] }, 3 + 2 + 4],
  ['a map in a list', { L: [{ M: { a: { S: 'b' } } }] }, 3 + 1 + 3 + 1 + 2],
  ['zero', { N: '0' }, 1],
  ['one digit', { N: '7' }, 2],
  ['two digits', { N: '42' }, 2],
  ['three digits', { N: '123' }, 3],
  ['a minus sign', { N: '-42' }, 3],
  ['zeros before, which do not count', { N: '0012' }, 2],
  ['zeros after, which do not count', { N: '1200000' }, 2],
  ['zeros between, which do', { N: '10001' }, 4],
  ['a fraction', { N: '3.1415' }, 4],
  ['a small fraction', { N: '0.0012' }, 2],
  ['an exponent, which is 1 byte whatever it says', { N: '12e100' }, 2],
  ['an exponent in capitals', { N: '1.2E-125' }, 2],
  ['38 digits', { N: '1'.repeat(38) }, 20],
];

describe('itemSize', () => {
  it.each(values)('counts %s', (_what, value, size) => {
    expect(sizeOf(value)).toBe(size);
  });

  it('counts names in UTF-8, and nothing for the item itself', () => {
    expect(itemSize({})).toBe(0);
    expect(itemSize({ é: { S: 'a' }, name: { S: 'b' } })).toBe(3 + 5);
  });

  it('has a limit, which is of KB of 1,024 bytes', () => {
    expect(largestItem).toBe(409_600);
  });
});
