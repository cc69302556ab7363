import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdempotencyKey } from '../../lib/protocol/idempotency-key.ts';

const printable = fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code));
const keys = fc.string({ unit: printable, minLength: 1, maxLength: 255 });
const serialized = (key: string) => `"${key.replace(/["\\]/g, character => `\\${character}`)}"`;
const runs = { numRuns: 20_000 };

describe('the key parser', () => {
  it('gives back every key from its quoted form', () => {
    fc.assert(
      fc.property(keys, key => {
        expect(parseIdempotencyKey([serialized(key)])).toEqual({ ok: true, key });
      }),
      runs,
    );
  });

  it('takes a bare key and its quoted form for the same', () => {
    const bare = keys.filter(key => !/[",]/.test(key) && key.trim() === key);
    fc.assert(
      fc.property(bare, fc.stringMatching(/^[ \t]{0,3}$/), (key, space) => {
        expect(parseIdempotencyKey([`${space}${key}${space}`])).toEqual(parseIdempotencyKey([serialized(key)]));
      }),
      runs,
    );
  });

  it('never throws, and accepts nothing but 1 to 255 printable characters', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: printable, maxLength: 600 }), fc.anything());
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 3 }), values => {
        const parsed = parseIdempotencyKey(values);
        if (parsed.ok) expect(parsed.key).toMatch(/^[\x20-\x7e]{1,255}$/);
        else expect(parsed.reason).toMatch(/^(must|is) /);
      }),
      runs,
    );
  });

  it('accepts no two lines, whatever they say', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(parseIdempotencyKey([a, b]).ok).toBe(false);
        expect(parseIdempotencyKey([`${serialized(a)}, ${serialized(b)}`]).ok).toBe(false);
      }),
      runs,
    );
  });
});
