import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksum } from '../../lib/client/checksum.ts';

const of = (text: string) => checksum(new TextEncoder().encode(text));

describe('the checksum', () => {
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('of %j is that of the published FNV-1a test vectors', (text, expected) => {
    expect(of(text)).toBe(expected);
  });

  it('is FNV-1a as its definition says, for any bytes', () => {
    const defined = (bytes: Uint8Array) => {
      let hash = 0xcbf29ce484222325n;
      for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
      return hash.toString(16).padStart(16, '0');
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => checksum(bytes) === defined(bytes)));
  });

  it('differs among a hundred thousand similar bodies', () => {
    const sums = new Set(Array.from({ length: 100_000 }, (_, amount) => of(`POST https://api.example/payments\n{"amount":${amount}}`)));
    expect(sums.size).toBe(100_000);
  });
});
