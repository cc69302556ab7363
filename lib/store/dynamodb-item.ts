/** Record ↔ DynamoDB item. Pure; the only place that knows of seconds, and of the time-to-live attribute. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type {
  ClaimedRecord,
  EpochMs,
  IdempotencyRecord,
  NewCompletion,
  PackedResponse,
  ResponseApart,
  StoredResponse,
} from '../protocol/record.ts';
import { splitBody } from './body-items.ts';
import { packResponse, unpackResponse } from './response-codec.ts';
import * as attribute from './table-schema.ts';

export type Item = Record<string, AttributeValue>;

/** The version of the format below. An item of another version is refused, not guessed at. */
export const formatVersion = 1;

export function claimItem(claim: ClaimedRecord): Item {
  return { ...attemptAttributes(claim), [attribute.leaseUntil]: { N: String(claim.leaseUntil) } };
}

/** The completed record's item, and the body items that must be written before it. `revision` names them among those of the attempt. */
export function completionItems(record: NewCompletion, revision: string): { readonly item: Item; readonly bodyItems: readonly Item[] } {
  const packed = packResponse(record.response);
  const bodyItems = splitBody(record, packed, revision).map(item => ({ ...item, ...commonAttributes(record.expiresAt) }));
  const response: Item =
    bodyItems.length === 0
      ? { [attribute.response]: { B: packed } }
      : { [attribute.bodyItems]: { N: String(bodyItems.length) }, [attribute.bodyRevision]: { S: revision } };
  const commit: Item = record.commit === undefined ? {} : { [attribute.commit]: { S: record.commit } };
  return { item: { ...attemptAttributes(record), ...commit, ...response }, bodyItems };
}

/** @throws UnreadableItemError when the item is not one that this file wrote: another format version, a missing attribute. */
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
  if (state === 'completed') {
    const commit = item[attribute.commit] === undefined ? {} : { commit: stringIn(item, attribute.commit) };
    return { ...attempt, state, response: responseIn(item), ...commit };
  }
  throw new UnreadableItemError('is in an unknown state');
}

/** @throws UnreadableItemError */
export function unpackOrRefuse(packed: Uint8Array): StoredResponse {
  try {
    return unpackResponse(packed);
  } catch (error) {
    throw new UnreadableItemError("has a response that can't be unpacked", { cause: error });
  }
}

export class UnreadableItemError extends Error {
  override readonly name = 'UnreadableItemError';
}

function attemptAttributes(record: IdempotencyRecord): Item {
  return {
    [attribute.id]: { S: record.id },
    [attribute.state]: { S: record.state },
    [attribute.fingerprint]: { S: record.fingerprint },
    [attribute.owner]: { S: record.owner },
    [attribute.attempt]: { N: String(record.attempt) },
    [attribute.claimedAt]: { N: String(record.claimedAt) },
    [attribute.expiresAt]: { N: String(record.expiresAt) },
    ...commonAttributes(record.expiresAt),
  };
}

/** DynamoDB's time to live counts in seconds. Rounded up: what it deletes must be past its expiry. */
function commonAttributes(expiresAt: EpochMs): Item {
  return { [attribute.version]: { N: String(formatVersion) }, [attribute.ttl]: { N: String(Math.ceil(expiresAt / 1000)) } };
}

function responseIn(item: Item): PackedResponse | ResponseApart {
  if (item[attribute.bodyItems] !== undefined) {
    return { bodyItems: numberIn(item, attribute.bodyItems), revision: stringIn(item, attribute.bodyRevision) };
  }
  const packed = item[attribute.response]?.B;
  if (packed === undefined) throw new UnreadableItemError(`has no binary attribute "${attribute.response}"`);
  return { packed };
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
