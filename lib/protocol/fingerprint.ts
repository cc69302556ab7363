/** Digests of the protocol: who and which key (the record's id), and what the key stands for (the fingerprint). */
import { createHash } from 'node:crypto';

/**
 * The name of the record of (caller, key). One hash over both, so that a stored id can't be tested for a known key without
 * knowing the caller too. `scope` is a list of tagged parts: two callers that differ in any part have different records.
 */
export function recordId(scope: readonly string[], key: string): string {
  return digest('record', ...scope, key);
}

/** The default fingerprint: method and path. With `body`, its bytes too. */
export function requestFingerprint(method: string, path: string, body?: Uint8Array): string {
  return body === undefined ? digest('request', method, path) : digest('payload', method, path, body);
}

/** The fingerprint of a value that the user's own function made. */
export function customFingerprint(value: string): string {
  return digest('custom', value);
}

/** Every part is preceded by its length in bytes, so that no two lists of parts give the hash the same bytes. */
function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${bytes.byteLength}:`).update(bytes);
  }
  return hash.digest('base64url');
}
