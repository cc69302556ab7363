/** Record ↔ DynamoDB item. Pure; the only place that knows of seconds, of the time-to-live attribute and of how a response is packed. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { IdempotencyRecord } from '../protocol/record.ts';
import { packResponse, unpackResponse } from './response-codec.ts';
import { attribute } from './table-schema.ts';

export type Item = Record<string, AttributeValue>;

/** The version of the format below. An item of another version is refused, not guessed at. */
export const formatVersion = 1;

export function toItem(record: IdempotencyRecord): Item {
  return {
    [attribute.id]: { S: record.id },
    [attribute.version]: { N: String(formatVersion) },
    [attribute.state]: { S: record.state },
    [attribute.fingerprint]: { S: record.fingerprint },
    [attribute.owner]: { S: record.owner },
    [attribute.attempt]: { N: String(record.attempt) },
    [attribute.claimedAt]: { N: String(record.claimedAt) },
    [attribute.expiresAt]: { N: String(record.expiresAt) },
    [attribute.ttl]: { N: String(Math.ceil(record.expiresAt / 1000)) },
    ...(record.state === 'claimed'
      ? { [attribute.leaseUntil]: { N: String(record.leaseUntil) } }
      : { [attribute.response]: { B: packResponse(record.response) } }),
  };
}

/**
 * @throws UnreadableItemError when the item is not one that {@link toItem} wrote: another format version, a missing attribute,
 * a response that can't be unpacked.
 */
export function fromItem(item: Item): IdempotencyRecord {
  const version = numberIn(item, attribute.version);
  if (version !== formatVersion) throw new UnreadableItemError(`has format version ${version}, and this release reads ${formatVersion}`);
  const attempt = {
    id: stringIn(item, attribute.id),
    fingerprint: stringIn(item, attribute.fingerprint),
    owner: stringIn(item, attribute.owner),
    attempt: numberIn(item, attribute.attempt),
    claimedAt: numberIn(item, attribute.claimedAt),
    expiresAt: numberIn(item, attribute.expiresAt),
  };
  const state = stringIn(item, attribute.state);
  if (state === 'claimed') return { ...attempt, state, leaseUntil: numberIn(item, attribute.leaseUntil) };
  if (state === 'completed') return { ...attempt, state, response: responseIn(item) };
  throw new UnreadableItemError('is in an unknown state');
}

export class UnreadableItemError extends Error {
  override readonly name = 'UnreadableItemError';
}

function stringIn(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new UnreadableItemError(`has no string attribute "${name}"`);
  return value;
}

function numberIn(item: Item, name: string): number {
  const value = Number(item[name]?.N ?? Number.NaN);
  if (!Number.isFinite(value)) throw new UnreadableItemError(`has no number attribute "${name}"`);
  return value;
}

function responseIn(item: Item) {
  const packed = item[attribute.response]?.B;
  if (packed === undefined) throw new UnreadableItemError(`has no binary attribute "${attribute.response}"`);
  try {
    return unpackResponse(packed);
  } catch (error) {
    throw new UnreadableItemError(`has a response that can't be unpacked`, { cause: error });
  }
}
