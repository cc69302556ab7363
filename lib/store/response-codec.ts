/**
 * A response ↔ the bytes that are stored for it.
 *
 * Layout: one byte that says how the rest is packed (plain, deflate or zstd); then the length of the head in bytes (4, big-endian), the
 * head (JSON: status, headers, and how the body is coded) and the body's own bytes. The body stays out of the JSON so that
 * it isn't escaped and, when it is base64, is stored as the bytes it stands for.
 */
import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { StoredResponse } from '../protocol/record.ts';

/**
 * From this many bytes on a response is compressed. DynamoDB bills writes in steps of 1 KB, and a response below it shares
 * its first step with the record's other attributes, so that compressing it would cost time and save nothing.
 */
const compressFrom = 700;

/**
 * Up to this many bytes it is deflated, and from there on zstd takes over. Node makes a context for each of its calls, and zstd's takes
 * longer to make than so few bytes take to be packed; more bytes than these take longer with deflate. Measured in docs/storage.md.
 */
const deflateUpTo = 4096;

const packing = { plain: 0, zstd: 1, deflate: 2 } as const;

export function packResponse(response: StoredResponse): Uint8Array {
  const { body, isBase64Encoded, ...rest } = response;
  const coding = body === undefined ? undefined : codingOf(body, isBase64Encoded === true);
  const head = Buffer.from(JSON.stringify({ ...rest, coding, isBase64Encoded }));
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body, coding);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.byteLength);
  const plain = Buffer.concat([length, head, bytes]);
  if (plain.byteLength >= compressFrom) {
    const [how, compressed] = compress(plain);
    if (compressed.byteLength < plain.byteLength) return Buffer.concat([Buffer.of(how), compressed]);
  }
  return Buffer.concat([Buffer.of(packing.plain), plain]);
}

function compress(plain: Uint8Array): [how: number, compressed: Uint8Array] {
  if (plain.byteLength <= deflateUpTo) return [packing.deflate, deflateRawSync(plain)];
  // Stryker disable next-line ObjectLiteral: 3 is zstd's own default; it is named because it is what was measured.
  return [packing.zstd, zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })];
}

/** @throws Error when the bytes are not what {@link packResponse} makes. */
export function unpackResponse(packed: Uint8Array): StoredResponse {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const plain = unpack(buffer.readUInt8(0), buffer.subarray(1));
  const headEnd = 4 + plain.readUInt32BE(0);
  // The head was written by packResponse; the status is what a replay can't do without, so that much is checked.
  const { coding, ...head } = JSON.parse(plain.toString('utf8', 4, headEnd)) as Omit<StoredResponse, 'body'> & { coding?: Coding };
  if (!Number.isInteger(head.statusCode)) throw new TypeError('no status code');
  return coding === undefined ? head : { ...head, body: plain.toString(coding, headEnd) };
}

function unpack(how: number, bytes: Buffer): Buffer {
  if (how === packing.plain) return bytes;
  if (how === packing.deflate) return inflateRawSync(bytes);
  if (how === packing.zstd) return zstdDecompressSync(bytes);
  throw new RangeError(`unknown packing ${how}`);
}

type Coding = 'utf8' | 'utf16le' | 'base64';

/** The coding that gives every character back: base64 only where its one canonical spelling was used, UTF-8 only without lone surrogates. */
function codingOf(body: string, isBase64: boolean): Coding {
  if (isBase64 && Buffer.from(body, 'base64').toString('base64') === body) return 'base64';
  return body.isWellFormed() ? 'utf8' : 'utf16le';
}
