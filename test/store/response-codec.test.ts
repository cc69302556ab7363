import { randomBytes } from 'node:crypto';
import { inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StoredResponse } from '../../lib/protocol/record.ts';
import { packResponse, unpackResponse } from '../../lib/store/response-codec.ts';

/** The layout, read by hand: what is stored today is read by later releases. */
function partsOf(packed: Uint8Array) {
  const bytes = Buffer.from(packed);
  const packing = bytes.readUInt8(0);
  const plain = plainOf(packing, bytes.subarray(1));
  const headEnd = 4 + plain.readUInt32BE(0);
  return { packing, head: JSON.parse(plain.toString('utf8', 4, headEnd)), body: plain.subarray(headEnd) };
}

function plainOf(packing: number, bytes: Buffer): Buffer {
  if (packing === 0) return bytes;
  return packing === 1 ? zstdDecompressSync(bytes) : inflateRawSync(bytes);
}

const roundTrip = (response: StoredResponse) => unpackResponse(packResponse(response));
const text = (length: number): StoredResponse => ({ statusCode: 200, body: 'x'.repeat(length) });
const noise = randomBytes(900).toString('base64');

describe('a packed response', () => {
  it('has a head of JSON and the bytes of its body', () => {
    const response = { statusCode: 201, statusDescription: '201 Created', headers: { a: '1' }, multiValueHeaders: { b: ['2'] }, body: 'é' };
    expect(partsOf(packResponse(response))).toEqual({
      packing: 0,
      head: { statusCode: 201, statusDescription: '201 Created', headers: { a: '1' }, multiValueHeaders: { b: ['2'] }, coding: 'utf8' },
      body: Buffer.from('é'),
    });
    expect(roundTrip(response)).toEqual(response);
  });

  it('has no coding when there is no body, and one for an empty body', () => {
    expect(partsOf(packResponse({ statusCode: 204 }))).toEqual({ packing: 0, head: { statusCode: 204 }, body: Buffer.alloc(0) });
    expect(partsOf(packResponse({ statusCode: 204, body: '' }))).toMatchObject({ head: { coding: 'utf8' }, body: Buffer.alloc(0) });
    expect(roundTrip({ statusCode: 204 })).toEqual({ statusCode: 204 });
    expect(roundTrip({ statusCode: 204, body: '' })).toEqual({ statusCode: 204, body: '' });
  });

  it.each([
    ['base64 as the bytes it stands for', { body: 'AP8=', isBase64Encoded: true }, 'base64', Buffer.from([0x00, 0xff])],
    ['base64 of another spelling as text', { body: 'AP8', isBase64Encoded: true }, 'utf8', Buffer.from('AP8')],
    ['text that looks like base64 as text', { body: 'AP8=' }, 'utf8', Buffer.from('AP8=')],
    ['what UTF-8 has no form for as UTF-16', { body: 'a\ud800' }, 'utf16le', Buffer.from('a\ud800', 'utf16le')],
  ])('keeps %s', (_what, members, coding, bytes) => {
    const response = { statusCode: 200, ...members };
    expect(partsOf(packResponse(response))).toMatchObject({ head: { coding }, body: bytes });
    expect(roundTrip(response)).toEqual(response);
  });

  it.each([
    [699, 0, 'plain'],
    [700, 2, 'deflated'],
    [4096, 2, 'deflated'],
    [4097, 1, 'compressed by zstd'],
  ])('of %i bytes has the packing %i: %s', (size, packing) => {
    const sizeWithout = packResponse(text(0)).byteLength - 1;
    const response = text(size - sizeWithout);
    expect(partsOf(packResponse(response))).toMatchObject({ packing, body: Buffer.from(response.body ?? '') });
    expect(roundTrip(response)).toEqual(response);
  });

  it.each([3_000, 100_000])('is compressed: %i bytes', size => {
    expect(packResponse(text(size)).byteLength).toBeLessThan(200);
    expect(roundTrip(text(size))).toEqual(text(size));
  });

  it('is not compressed when that makes it larger', () => {
    const response = { statusCode: 200, body: noise, isBase64Encoded: true };
    expect(partsOf(packResponse(response))).toMatchObject({ packing: 0, body: Buffer.from(noise, 'base64') });
    expect(roundTrip(response)).toEqual(response);
  });

  it('is not compressed when that gains nothing', () => {
    // Noise that fills zstd's first block costs a few bytes, and zeros in a second one make up for them, one by one, up to a draw.
    const filling = randomBytes(131_072);
    const withZeros = (zeros: number): StoredResponse => {
      const body = Buffer.concat([filling, Buffer.alloc(zeros)]).toString('base64');
      return { statusCode: 200, body, isBase64Encoded: true };
    };
    const gains = Array.from({ length: 64 }, (_, zeros) => {
      const packed = Buffer.from(packResponse(withZeros(zeros)));
      const plain = packed[0] === 0 ? packed.subarray(1) : zstdDecompressSync(packed.subarray(1));
      return { packing: packed[0], gain: plain.byteLength - zstdCompressSync(plain).byteLength };
    });
    expect(gains.map(({ gain }) => gain)).toEqual(expect.arrayContaining([-1, 0, 1]));
    expect(gains.filter(({ packing, gain }) => packing !== (gain > 0 ? 1 : 0))).toEqual([]);
  });

  it('is read from the middle of a buffer, as the SDK may give it', () => {
    const packed = packResponse(text(10));
    expect(unpackResponse(new Uint8Array([9, 9, ...packed, 9]).subarray(2, -1))).toEqual(text(10));
  });
});

describe('bytes that are no packed response', () => {
  const plain = (head: string) => Buffer.concat([Buffer.from([0, 0, 0, 0, head.length]), Buffer.from(head)]);
  it.each([
    ['none at all', Buffer.alloc(0), RangeError],
    ['no more than a packing', Buffer.of(0), RangeError],
    ['an unknown packing', Buffer.of(3, ...packResponse(text(1)).subarray(1)), 'unknown packing 3'],
    ['a packing by deflate that is none', Buffer.of(2, ...packResponse(text(1)).subarray(1)), /./],
    ['a packing by deflate that was cut off', packResponse(text(3_000)).subarray(0, -1), 'unexpected end of file'],
    ['a packing by zstd that is none', Buffer.of(1, ...packResponse(text(1)).subarray(1)), /./],
    ['a head that is no JSON', plain('{'), SyntaxError],
    ['a head without a status', plain('{}'), 'no status code'],
    ['a status that is none', plain('{"statusCode":"200"}'), 'no status code'],
  ])('are refused: %s', (_what, bytes, reason) => {
    expect(() => unpackResponse(bytes)).toThrow(reason);
  });
});
