/** The response bodies that the benchmarks store: the same ones in every run. */
import { createHash } from 'node:crypto';
import type { StoredResponse } from '../lib/protocol/record.ts';

export interface Body {
  readonly name: string;
  readonly response: StoredResponse;
}

/** Of 1 to 1,000 KB: a list of contacts, and noise as text and as a binary file, which Lambda knows in base64 only. */
export function bodies(): Body[] {
  const kinds = { 'contacts, JSON': contacts, 'noise, text': noiseText, 'noise, base64': noiseBase64 };
  return Object.entries(kinds).flatMap(([kind, make]) =>
    [1, 4, 10, 100, 1000].map(kb => ({ name: `${kb} KB ${kind}`, response: make(kb * 1024) })),
  );
}

/** Names, addresses and notes from small vocabularies; ids and times that never repeat: as compressible as such lists are. */
export function contacts(size: number): StoredResponse {
  const words = 'north harbour silver maple union river stone bright cedar atlas delta orbit lumen forge pine vale'.split(' ');
  const list: object[] = [];
  for (let length = 0; length < size; ) {
    const random = noise(28, `contact ${list.length}`);
    const word = (index: number) => words[random.readUInt8(index) % words.length];
    const contact = {
      id: random.toString('hex', 12),
      name: `${word(0)} ${word(1)} Ltd`,
      type: 'client',
      email: `${word(2)}@${word(3)}-${word(4)}.example`,
      phone: `+49 30 ${random.readUInt32BE(4) % 10_000_000}`,
      createdAt: new Date(1.79e12 - random.readUInt32BE(8) * 2).toISOString(),
    };
    list.push(contact);
    length += JSON.stringify(contact).length + 1;
  }
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(list).slice(0, size) };
}

/** Text of 64 letters: no letter follows from another, so that three quarters of its size is the least it can have. */
export function noiseText(size: number): StoredResponse {
  return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: noise(size).toString('base64').slice(0, size) };
}

function noiseBase64(size: number): StoredResponse {
  const body = noise(Math.floor((size * 3) / 4)).toString('base64');
  return { statusCode: 200, headers: { 'content-type': 'application/octet-stream' }, body, isBase64Encoded: true };
}

export function noise(bytes: number, seed = 'noise'): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest();
}
