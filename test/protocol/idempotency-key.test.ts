import { describe, expect, it } from 'vitest';
import { maxKeyLength, parseIdempotencyKey } from '../../lib/protocol/idempotency-key.ts';

const accepted: readonly [what: string, value: string, key: string][] = [
  ['a UUID, as SDKs send it', '550e8400-e29b-41d4-a716-446655440000', '550e8400-e29b-41d4-a716-446655440000'],
  [
    'the same UUID as a quoted string, as the draft wants it',
    '"550e8400-e29b-41d4-a716-446655440000"',
    '550e8400-e29b-41d4-a716-446655440000',
  ],
  ['one character', 'k', 'k'],
  ['255 characters', 'k'.repeat(255), 'k'.repeat(255)],
  ['255 characters that are all escaped', `"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ['spaces and tabs around it', ' \t k \t ', 'k'],
  ['a space inside it', 'a b', 'a b'],
  ['a semicolon in a raw value, which has no parameters', 'a;b=c', 'a;b=c'],
  ['a backslash in a raw value, which has no escapes', 'a\\b', 'a\\b'],
  ['a quoted comma', '"a,b"', 'a,b'],
  ['an escaped quote and backslash', '"a\\"b\\\\c"', 'a"b\\c'],
  ['spaces inside quotes, which count', '" k "', ' k '],
  ['the first and the last printable character', '"\x20~"', ' ~'],
];

const refused: readonly [what: string, values: readonly unknown[], reason: string][] = [
  ['an empty value', [''], 'must not be empty'],
  ['only spaces', ['  '], 'must not be empty'],
  ['an empty quoted string', ['""'], 'must not be empty'],
  ['256 characters', ['k'.repeat(256)], 'longer than 255'],
  ['256 quoted characters', [`"${'k'.repeat(256)}"`], 'longer than 255'],
  ['a value far too long', ['k'.repeat(1_000_000)], 'longer than 255'],
  ['a value too long to be looked at, whatever else is wrong with it', [`"${'k'.repeat(600)}`], 'longer than 255'],
  ['a control character', ['a\u0007b'], 'printable ASCII'],
  ['a line feed', ['a\nb'], 'printable ASCII'],
  ['a trailing line feed', ['"a"\n'], 'not a well-formed quoted string'],
  ['DEL', ['a\x7fb'], 'printable ASCII'],
  ['a character that is not ASCII', ['schlüssel'], 'printable ASCII'],
  ['a quoted character that is not ASCII', ['"schlüssel"'], 'printable ASCII'],
  ['no closing quote', ['"abc'], 'not a well-formed quoted string'],
  ['no opening quote', ['abc"'], 'comma or a quote'],
  ['a lone quote', ['"'], 'not a well-formed quoted string'],
  ['a quote inside a raw value', ['a"b'], 'comma or a quote'],
  ['an unescaped quote inside a quoted string', ['"a"b"'], 'not a well-formed quoted string'],
  ['an escape that is none', ['"a\\b"'], 'not a well-formed quoted string'],
  ['an escape at the end', ['"a\\"'], 'not a well-formed quoted string'],
  ['parameters after a quoted string', ['"a";b=c'], 'not a well-formed quoted string'],
  ['two values joined by a comma, as HTTP APIs join repeated lines', ['a,b'], 'comma or a quote'],
  ['two quoted values joined by a comma', ['"a","b"'], 'not a well-formed quoted string'],
  ['two header lines', ['a', 'b'], 'exactly once'],
  ['two equal header lines', ['a', 'a'], 'exactly once'],
  ['no header line', [], 'exactly once'],
  ['something that is not a string', [42], 'must be a string'],
];

describe('parseIdempotencyKey', () => {
  it.each(accepted)('accepts %s', (_what, value, key) => {
    expect(parseIdempotencyKey([value])).toEqual({ ok: true, key });
  });

  it.each(refused)('refuses %s', (_what, values, reason) => {
    const parsed = parseIdempotencyKey(values);
    expect(parsed).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it('never quotes the key in its reason', () => {
    expect(JSON.stringify(parseIdempotencyKey(['secret,secret']))).not.toContain('secret');
  });

  it('limits keys to what a structured field can hold', () => {
    expect(maxKeyLength).toBe(255);
  });
});
