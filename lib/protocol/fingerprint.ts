/** Digests of the protocol: who and which key (the record's id), and what the key stands for (the fingerprint). */
import { createHash } from 'node:crypto';

/**
 * The name of the record of (caller, key). One hash over both, so that a stored id can't be tested for a known key without
 * knowing the caller too. `scope` is a list of tagged parts: two callers that differ in any part have different records.
 */
export function recordId(scope: readonly string[], key: string): string {
  return digest(['record', ...scope, key]);
}

/** The default fingerprint: method and path. With `body`, its bytes too. */
export function requestFingerprint(method: string, path: string, body?: Uint8Array): string {
  return body === undefined ? digest(['request', method, path]) : digest(['payload', method, path], body);
}

/** The fingerprint of a value that the user's own function made. */
export function customFingerprint(value: string): string {
  return digest(['custom', value]);
}

/** What names an operation, beside the table: who asks for it, under which key, and what the key stands for. */
export interface Operation {
  readonly scope: readonly string[];
  readonly key: string;
  readonly fingerprint: string;
}

/**
 * A UUID for a request to another API, made from everything that names this operation, and from the key itself rather than the
 * record's id, which logs show: version 8 (RFC 9562, section 5.8), whose other bits are ours.
 */
export function derivedKey(table: string, { scope, key, fingerprint }: Operation, label: string): string {
  const hex = Buffer.from(digest(['derived', table, ...scope, key, fingerprint, label]), 'base64url').toString('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** Every part is preceded by its length in bytes, so that no two lists of parts give the hash the same bytes. */
function digest(parts: readonly string[], body?: Uint8Array): string {
  const hash = createHash('sha256').update(parts.map(part => `${Buffer.byteLength(part)}:${part}`).join(''));
  if (body !== undefined) hash.update(`${body.byteLength}:`).update(body);
  return hash.digest('base64url');
}
