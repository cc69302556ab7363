import { describe, expect, it } from 'vitest';
import { customFingerprint, recordId, requestFingerprint } from '../../lib/protocol/fingerprint.ts';

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
});
