/** The ways to keep a response in the table that are compared: the items they would make, and how large DynamoDB finds them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { completed, newClaim, type StoredResponse } from '../lib/protocol/record.ts';
import { bodyItemIds } from '../lib/store/body-items.ts';
import { claimItem, completionItems } from '../lib/store/dynamodb-item.ts';
import { itemSize, largestItem } from '../lib/store/item-size.ts';
import * as attribute from '../lib/store/table-schema.ts';
import type { ItemSizes } from './request-units.ts';

const retentionMs = 86_400_000;
/** As the library names the body items of a completion. */
const revision = 'completed';
const claim = newClaim({
  id: 'i'.repeat(43),
  fingerprint: 'f'.repeat(43),
  owner: 'o'.repeat(36),
  attempt: 1,
  now: 1.79e12,
  leaseMs: 30_000,
  retentionMs,
});
const claimSize = itemSize(claimItem(claim));

/** As the library keeps it. */
export function asStored(response: StoredResponse): ItemSizes {
  const { item, bodyItems } = completionItems(completed(claim, response, retentionMs), revision);
  return { claim: claimSize, record: itemSize(item), bodyItems: bodyItems.map(itemSize) };
}

/** In the record; undefined: too large for an item. */
export function inRecord(bytes: Uint8Array): ItemSizes | undefined {
  const record = itemSize({ ...completedItem, [attribute.response]: { B: bytes } });
  return record > largestItem ? undefined : { claim: claimSize, record, bodyItems: [] };
}

/** In body items, however small it is. */
export function apart(bytes: Uint8Array): ItemSizes {
  const largestPart = largestItem - 1024;
  const ids = bodyItemIds(claim, { bodyItems: Math.ceil(bytes.byteLength / largestPart), revision });
  const bodyItems = ids.map((id, index) => ({
    ...withTtl,
    [attribute.id]: { S: id },
    [attribute.part]: { B: bytes.subarray(index * largestPart, (index + 1) * largestPart) },
  }));
  const record = { ...completedItem, [attribute.bodyItems]: { N: String(ids.length) }, [attribute.bodyRevision]: { S: revision } };
  return { claim: claimSize, record: itemSize(record), bodyItems: bodyItems.map(itemSize) };
}

type Item = Record<string, AttributeValue>;

/** The library's own items, without what holds the response. */
const { [attribute.response]: _, ...completedItem }: Item = completionItems(
  completed(claim, { statusCode: 200 }, retentionMs),
  revision,
).item;
const withTtl: Item = Object.fromEntries(
  Object.entries(completedItem).filter(([name]) => name === attribute.ttl || name === attribute.version),
);
