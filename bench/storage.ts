/** What it costs to store and to replay a response, by where and how it is kept: real item sizes, AWS's billing rules, and CPU time. */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { StoredResponse } from '../lib/protocol/record.ts';
import { packResponse, unpackResponse } from '../lib/store/response-codec.ts';
import { bodies, contacts, noise } from './bodies.ts';
import { apart, asStored, inRecord } from './layouts.ts';
import { printTable } from './report.ts';
import { firstRequest, firstRequestWithCommit, type ItemSizes, replay, type Units, usdForAMillion } from './request-units.ts';
import { medianTimes } from './times.ts';

export function storageBench(): void {
  const cases = bodies();
  console.log('\nStored: size as it is packed, where it goes, request units, and USD for a million');
  printTable(cases.map(({ name, response }) => ({ body: name, ...costOf(response) })));
  console.log('\nThe ways to keep it: USD for a million first requests + a million replays');
  printTable(cases.map(({ name, response }) => ({ body: name, ...alternativesTo(response) })));
  console.log('\nIn the record | in body items, by packed size: USD for a million');
  printTable([1, 2, 4, 8, 16, 32, 64, 128, 256].map(comparedAt));
  console.log('\nFrom which packed size on, in KB, body items are cheaper');
  printTable([0, 1, 2, 5, 10, 20, 50, 100].map(cheaperFrom));
  console.log('\nCPU, in ms: packed and unpacked by the library; by each codec, the bytes alone');
  printTable(cases.map(({ name, response }) => ({ body: name, ...codecsOn(response) })));
  console.log('\nLevels, contacts: KB in ms');
  printTable([1, 4, 10, 100, 1000].map(levelsAt));
}

function costOf(response: StoredResponse) {
  const sizes = asStored(response);
  const [first, commit, again] = [firstRequest(sizes), firstRequestWithCommit(sizes), replay(sizes)];
  return {
    'packed bytes': packResponse(response).byteLength,
    'body items': sizes.bodyItems.length,
    'first: WRU': first.write,
    'with commit: WRU': commit.write,
    'replay: WRU + RRU': `${again.write} + ${again.read}`,
    'USD first': usd(first),
    'with commit': usd(commit),
    replay: usd(again),
  };
}

function alternativesTo(response: StoredResponse) {
  const raw = Buffer.from(response.body ?? '');
  const packed = packResponse(response);
  const from = (threshold: number) => both(packed.byteLength > threshold ? apart(packed) : inRecord(packed));
  return {
    'raw, in the record': both(inRecord(raw)),
    'raw, body items': both(apart(raw)),
    'packed, in the record': both(inRecord(packed)),
    'body items past 4 KB': from(4096),
    'past 16 KB': from(16_384),
    'past 64 KB': from(65_536),
  };
}

function comparedAt(kb: number) {
  const packed = noise(kb * 1024);
  const ways = [mustFit(packed), apart(packed)];
  const of = (units: (sizes: ItemSizes) => Units) => ways.map(sizes => usd(units(sizes))).join(' / ');
  return {
    'packed KB': kb,
    'first request': of(firstRequest),
    'first request with commit': of(firstRequestWithCommit),
    replay: of(replay),
    'replays of one key in a second': ways.map(sizes => Math.floor(1000 / replay(sizes).write)).join(' / '),
  };
}

function cheaperFrom(replays: number) {
  const from = (first: (sizes: ItemSizes) => Units) => {
    const price = (sizes: ItemSizes) => usdForAMillion(first(sizes)) + (usdForAMillion(replay(sizes)) * replays) / 100;
    const isCheaper = (kb: number) => {
      const packed = noise(kb * 1024);
      return price(apart(packed)) < price(mustFit(packed));
    };
    return Array.from({ length: 300 }, (_, index) => index + 1).find(isCheaper) ?? 'never';
  };
  return { 'replays for 100 first requests': replays, complete: from(firstRequest), commit: from(firstRequestWithCommit) };
}

function codecsOn(response: StoredResponse) {
  const { body = '', isBase64Encoded } = response;
  const coding = isBase64Encoded ? 'base64' : 'utf8';
  const bytes = Buffer.from(body, coding);
  const packed = packResponse(response);
  const [zstdBytes, gzipBytes] = [zstd(bytes, 3), gzipSync(bytes, { level: 6 })];
  const times = medianTimes(
    {
      pack: () => packResponse(response),
      unpack: () => unpackResponse(packed),
      'zstd 3': () => zstd(bytes, 3),
      'gzip 6': () => gzipSync(bytes, { level: 6 }),
      none: () => Buffer.from(body, coding),
      'zstd back': () => zstdDecompressSync(zstdBytes),
      'gzip back': () => gunzipSync(gzipBytes),
      'none back': () => bytes.toString(coding),
    },
    roundsFor(bytes),
  );
  const sizes = { 'zstd KB': kilobytes(zstdBytes), 'gzip KB': kilobytes(gzipBytes), 'none KB': kilobytes(bytes) };
  return { ...Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, ms.toFixed(3)])), ...sizes };
}

function levelsAt(kb: number) {
  const bytes = Buffer.from(contacts(kb * 1024).body ?? '');
  const levels = [1, 3, 6, 9, 12].map((level): [string, () => Buffer] => [`zstd ${level}`, () => zstd(bytes, level)]);
  const work = Object.fromEntries([...levels, ['gzip 6', () => gzipSync(bytes, { level: 6 })] as const]);
  const times = medianTimes(work, roundsFor(bytes));
  const cells = Object.entries(work).map(([name, run]) => [name, `${kilobytes(run())} in ${times[name]?.toFixed(2)}`]);
  return { KB: kb, ...Object.fromEntries(cells) };
}

function zstd(bytes: Uint8Array, level: number): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

function roundsFor(bytes: Uint8Array): number {
  return bytes.byteLength > 500_000 ? 41 : bytes.byteLength > 50_000 ? 201 : 1001;
}

function mustFit(packed: Uint8Array): ItemSizes {
  const sizes = inRecord(packed);
  if (sizes === undefined) throw new RangeError(`${packed.byteLength} bytes don't fit into an item`);
  return sizes;
}

function both(sizes: ItemSizes | undefined): string {
  return sizes === undefined ? 'too large' : `${usd(firstRequest(sizes))} + ${usd(replay(sizes))}`;
}

function usd(units: Units): string {
  return usdForAMillion(units).toFixed(2);
}

function kilobytes(bytes: Uint8Array): string {
  return (bytes.byteLength / 1024).toFixed(1);
}
