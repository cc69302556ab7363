/** What it costs to store and to replay a response, by where it is kept: real item sizes, AWS's billing rules, and CPU time. */
import { randomBytes } from 'node:crypto';
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { completed, newClaim, type StoredResponse } from '../lib/protocol/record.ts';
import { claimItem, completionItems } from '../lib/store/dynamodb-item.ts';
import { itemSize } from '../lib/store/item-size.ts';
import { packResponse, unpackResponse } from '../lib/store/response-codec.ts';
import { median, printTable } from './report.ts';

/** On demand, us-east-1, standard table class, since November 2024: USD for a million request units. */
const usdPerMillion = { write: 0.625, read: 0.125 };

const claim = newClaim({
  id: 'i'.repeat(43),
  fingerprint: 'f'.repeat(43),
  owner: 'o'.repeat(36),
  attempt: 1,
  now: Date.now(),
  leaseMs: 30_000,
  retentionMs: 86_400_000,
});

export function storageBench(): void {
  const kilobytes = [1, 4, 10, 100, 1000];
  const kinds = { 'contacts, JSON': contactsJson, 'noise, text': noiseText, 'noise, base64': noiseBase64 };
  const cases = Object.entries(kinds).flatMap(([kind, make]) =>
    kilobytes.map(kb => ({ name: `${kb} KB ${kind}`, response: make(kb * 1024) })),
  );
  console.log('\nStored: size as it is packed, where it goes, and the request units of each path');
  printTable(cases.map(({ name, response }) => ({ body: name, ...costOf(response) })));
  console.log('\nThe same bodies, by threshold for body items (USD for a million first requests and a million replays)');
  printTable(cases.map(({ name, response }) => ({ body: name, ...alternativesOf(response) })));
  console.log('\nCPU, in ms (medians, interleaved): packed and unpacked by the library; compressed and decompressed by each codec');
  printTable(cases.map(({ name, response }) => ({ body: name, ...timesOf(response) })));
}

function costOf(response: StoredResponse) {
  const { item, bodyItems } = completionItems(completed(claim, response, 86_400_000), 'completed');
  const units = unitsOf(itemSize(item), bodyItems.map(itemSize));
  const rawSize = itemSize(claimItem(claim)) + Buffer.byteLength(response.body ?? '');
  const raw = rawSize > 400 * 1024 ? undefined : unitsOf(rawSize, []);
  return {
    packed: packResponse(response).byteLength,
    'body items': bodyItems.length,
    'first WRU': units.first.write,
    'replay WRU': units.replay.write,
    'replay RRU': units.replay.read,
    'USD/M first': usd(units.first),
    'USD/M replay': usd(units.replay),
    'raw in the record: first': raw ? usd(raw.first) : 'too large',
    'raw: replay': raw ? usd(raw.replay) : 'too large',
  };
}

function alternativesOf(response: StoredResponse) {
  const packed = packResponse(response).byteLength;
  const head = itemSize(claimItem(claim)) + 20;
  const at = (threshold: number) => {
    const isApart = packed > threshold;
    const parts = isApart
      ? Array.from({ length: Math.ceil(packed / 408_576) }, (_, n) => Math.min(408_576, packed - n * 408_576) + 150)
      : [];
    const recordSize = isApart ? head : head + packed;
    if (recordSize > 400 * 1024) return 'too large';
    const { first, replay } = unitsOf(recordSize, parts);
    return `${usd(first)} + ${usd(replay)}`;
  };
  return { 'at 1 KB': at(1024), 'at 4 KB': at(4096), 'at 16 KB': at(16_384), 'at 64 KB': at(65_536), never: at(Number.POSITIVE_INFINITY) };
}

/**
 * A write is billed by the larger of the item before and after it, in steps of 1 KB; a failed condition by the item it met; a
 * strongly consistent read in steps of 4 KB, each item of a batch by itself.
 */
function unitsOf(recordSize: number, bodySizes: readonly number[]) {
  const writes = (size: number) => Math.max(1, Math.ceil(size / 1024));
  const reads = (size: number) => Math.ceil(size / 4096);
  const claimed = writes(itemSize(claimItem(claim)));
  return {
    first: { write: claimed + writes(recordSize) + sum(bodySizes.map(writes)), read: 0 },
    replay: { write: writes(recordSize), read: sum(bodySizes.map(reads)) },
  };
}

function timesOf(response: StoredResponse) {
  const bytes = Buffer.from(response.body ?? '', response.isBase64Encoded ? 'base64' : 'utf8');
  const zstd3 = () => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const gzip6 = () => gzipSync(bytes, { level: 6 });
  const packed = packResponse(response);
  const [zstdBytes, gzipBytes] = [zstd3(), gzip6()];
  const work = {
    pack: () => packResponse(response),
    unpack: () => unpackResponse(packed),
    'zstd 3': zstd3,
    'gzip 6': gzip6,
    unzstd: () => zstdDecompressSync(zstdBytes),
    gunzip: () => gunzipSync(gzipBytes),
  };
  const times = new Map(Object.keys(work).map(name => [name, [] as number[]]));
  for (let round = 0; round < 41; round++) {
    for (const [name, run] of Object.entries(work)) {
      const startedAt = performance.now();
      run();
      times.get(name)?.push(performance.now() - startedAt);
    }
  }
  const medians = Object.fromEntries([...times].map(([name, all]) => [name, median(all).toFixed(3)]));
  return { ...medians, 'zstd KB': (zstdBytes.byteLength / 1024).toFixed(1), 'gzip KB': (gzipBytes.byteLength / 1024).toFixed(1) };
}

function usd({ write, read }: { readonly write: number; readonly read: number }): string {
  return (write * usdPerMillion.write + read * usdPerMillion.read).toFixed(2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Names, addresses and notes from small vocabularies; ids and times that never repeat: as compressible as such lists are. */
function contactsJson(size: number): StoredResponse {
  const words = [
    'north',
    'harbour',
    'silver',
    'maple',
    'union',
    'river',
    'stone',
    'bright',
    'cedar',
    'atlas',
    'delta',
    'orbit',
    'lumen',
    'forge',
    'pine',
    'vale',
  ];
  const word = () => words[Math.floor(Math.random() * words.length)];
  const contacts: object[] = [];
  for (let length = 0; length < size; ) {
    const id = randomBytes(16).toString('hex');
    const contact = {
      id,
      name: `${word()} ${word()} Ltd`,
      type: 'client',
      email: `${word()}@${word()}-${word()}.example`,
      phone: `+49 30 ${Math.floor(Math.random() * 1e7)}`,
      createdAt: new Date(Date.now() - Math.random() * 1e10).toISOString(),
    };
    contacts.push(contact);
    length += JSON.stringify(contact).length + 1;
  }
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(contacts).slice(0, size) };
}

function noiseText(size: number): StoredResponse {
  return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: randomBytes(size).toString('base64').slice(0, size) };
}

function noiseBase64(size: number): StoredResponse {
  const body = randomBytes(Math.floor((size * 3) / 4)).toString('base64');
  return { statusCode: 200, headers: { 'content-type': 'application/octet-stream' }, body, isBase64Encoded: true };
}
