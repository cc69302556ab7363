import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { customFingerprint, derivedKey, recordId, requestFingerprint } from '../../lib/protocol/fingerprint.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

describe('recordId', () => {
  it('is the same for the same caller and key', () => {
    expect(recordId(['api-key', 'a'], 'k')).toBe(recordId(['api-key', 'a'], 'k'));
  });

  it.each([
    ['another key', ['api-key', 'a'], 'l'],
    ['another caller', ['api-key', 'b'], 'k'],
    ['another kind of caller', ['principal', 'a'], 'k'],
    ['one more part', ['api-key', 'a', 'iam', 'x'], 'k'],
    ['parts cut elsewhere', ['api-key', 'ak'], ''],
    ['parts that join to the same text', ['api-keya'], 'k'],
    ['a part that imitates a length', ['api-key', '1:a'], 'k'],
  ])('differs for %s', (_what, scope, key) => {
    expect(recordId(scope, key)).not.toBe(recordId(['api-key', 'a'], 'k'));
  });

  it('shows neither caller nor key', () => {
    const id = recordId(['api-key', 'caller-secret'], 'key-secret');
    expect(id).toMatch(/^[\w-]{43}$/);
  });
});

describe('fingerprints', () => {
  it('differ for another method, path or body, and by kind', () => {
    const all = [
      requestFingerprint('POST', '/a'),
      requestFingerprint('PUT', '/a'),
      requestFingerprint('POST', '/b'),
      requestFingerprint('POST', '/a', Buffer.from('')),
      requestFingerprint('POST', '/a', Buffer.from('x')),
      customFingerprint('POST'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('read the body as bytes', () => {
    expect(requestFingerprint('POST', '/a', Buffer.from([0xff, 0x00]))).not.toBe(
      requestFingerprint('POST', '/a', Buffer.from([0xfe, 0x00])),
    );
  });

  it('differ for another value of the user', () => {
    expect(customFingerprint('a')).not.toBe(customFingerprint('b'));
  });
});

describe('what is hashed', () => {
  // A record outlives a release: one that hashed anything else would run again what has run, or call it a conflict.
  it('is each part after its length in bytes, after a word for its kind', () => {
    expect(recordId(['api-key', 'ä'], 'k')).toBe(sha256('6:record7:api-key2:ä1:k'));
    expect(requestFingerprint('POST', '/a')).toBe(sha256('7:request4:POST2:/a'));
    expect(requestFingerprint('POST', '/a', Buffer.from('body'))).toBe(sha256('7:payload4:POST2:/a4:body'));
    expect(customFingerprint('ä')).toBe(sha256('6:custom2:ä'));
  });
});

describe('derivedKey', () => {
  const derive = ({ table = 'table', scope = ['api-key', 'a'], key = 'k', fingerprint = 'f', label = 'charge' } = {}) =>
    derivedKey(table, { scope, key, fingerprint }, label);

  it('is the same for the same operation', () => {
    expect(derive()).toBe(derive());
  });

  it.each([
    ['table', { table: 'other' }],
    ['caller', { scope: ['api-key', 'b'] }],
    ['key', { key: 'other' }],
    ['fingerprint', { fingerprint: 'other' }],
    ['label', { label: 'other' }],
  ])('is another for another %s', (_what, difference) => {
    expect(derive(difference)).not.toBe(derive());
  });

  it('is a UUID of version 8, whose variant is 10 in binary', () => {
    for (let label = 0; label < 100; label++)
      expect(derive({ label: `${label}` })).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  // It is sent to somebody else's API, which remembers it: a release that derived another would have its operation run again.
  it('has the bits of its hash in order, but for version and variant', () => {
    const hex = Buffer.from(sha256('7:derived5:table7:api-key1:a1:k1:f6:charge'), 'base64url').toString('hex');
    const [time, ofDay, version, variant, node] = derive().split('-');
    expect([time, ofDay, version?.slice(1), node]).toEqual([hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(20, 32)]);
    const [expected = 0, given = 0] = [hex.slice(16, 20), variant].map(digits => Number.parseInt(digits ?? '', 16) & 0x3fff);
    expect(given).toBe(expected);
  });
});
