/**
 * Large responses, in items of their own: pure. A claim that collides with a record is billed by the record's size, 1 write
 * unit per KB, so what a claim collides with is kept small; and one item holds 400 KB at most.
 *
 * A body item is named by the owner token of the attempt that wrote it. A late attempt's body can't overwrite its successor's,
 * and a body is visible only once the record that names it is.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ResponseApart } from '../protocol/record.ts';
import * as attribute from './table-schema.ts';

type Item = Record<string, AttributeValue>;

/** A packed response up to this size stays in its record. */
const largestInRecord = 16_384;

/** An item's 400 KB (of 1,024 bytes), less its names and its other attributes. */
const largestPart = 400 * 1024 - 1024;

/** How many body items a packed response needs; 0: it stays in its record. */
function bodyItemCount(packed: Uint8Array): number {
  return packed.byteLength <= largestInRecord ? 0 : Math.ceil(packed.byteLength / largestPart);
}

/** The revision is part of the name, so that a body is never replaced: not under the eyes of who reads it, nor by a write that comes late. */
export function bodyItemIds(
  { id, owner }: { readonly id: string; readonly owner: string },
  { bodyItems, revision }: ResponseApart,
): string[] {
  return Array.from({ length: bodyItems }, (_, index) => `${id}/${owner}/${revision}/${index}`);
}

/** The items, without the attributes that every item of the table has besides its id. */
export function splitBody(record: { readonly id: string; readonly owner: string }, packed: Uint8Array, revision: string): Item[] {
  return bodyItemIds(record, { bodyItems: bodyItemCount(packed), revision }).map((id, index) => ({
    [attribute.id]: { S: id },
    [attribute.part]: { B: packed.subarray(index * largestPart, (index + 1) * largestPart) },
  }));
}

/** The packed response again; undefined when a part is missing. */
export function joinBody(ids: readonly string[], items: readonly Item[]): Uint8Array | undefined {
  const parts = new Map(items.map(item => [item[attribute.id]?.S, item[attribute.part]?.B]));
  const inOrder = ids.map(id => parts.get(id)).filter(part => part !== undefined);
  return inOrder.length === ids.length ? Buffer.concat(inOrder) : undefined;
}
