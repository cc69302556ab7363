/** A handler's own writes, as `commit` takes them: checked, and brought into DynamoDB's form. Pure. */
import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall, type marshallOptions } from '@aws-sdk/util-dynamodb';
import { itemSize, largestItem } from './item-size.ts';
import * as attribute from './table-schema.ts';

type DocumentWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Operation = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/** One write of a transaction, in the form of `@aws-sdk/lib-dynamodb`: exactly one of its four operations. */
export type Write = {
  [O in Operation]: { readonly [P in O]: NonNullable<DocumentWrite[P]> } & { readonly [P in Exclude<Operation, O>]?: never };
}[Operation];

/** A transaction takes 100, and one of them is the record's. */
export const mostWrites = 99;

/** AWS's limit for the items of one transaction, less what the record may take of it. */
const largestTransaction = 4 * 1024 * 1024 - 20 * 1024;

const operations: readonly Operation[] = ['Put', 'Update', 'Delete', 'ConditionCheck'];

export class InvalidWritesError extends Error {
  override readonly name = 'InvalidWritesError';
}

/**
 * The writes in DynamoDB's form. What it would refuse whatever the data are is refused here, before anything is sent.
 *
 * @throws InvalidWritesError
 */
export function toTransactItems(
  writes: unknown,
  record: { tableName: string; id: string } | undefined,
  options: marshallOptions,
): TransactWriteItem[] {
  if (!Array.isArray(writes)) throw new InvalidWritesError('the writes must be a list');
  if (writes.length > mostWrites) throw new InvalidWritesError(`a commit takes ${mostWrites} writes at most, got ${writes.length}`);
  // An item, a key and values by name are the top level here, and DynamoDB takes no container around them.
  const atTop = { ...options, convertTopLevelContainer: false };
  const items = writes.map((write: unknown, index) => toTransactItem(write, index, atTop));
  if (record !== undefined) refuseOwnRecord(items, record);
  refuseRepeats(items);
  refuseSizes(items);
  return items;
}

function toTransactItem(write: unknown, index: number, options: marshallOptions): TransactWriteItem {
  const given: Readonly<Record<string, unknown>> = isObject(write) ? write : {};
  const named = operations.filter(operation => given[operation] !== undefined);
  const [operation] = named;
  if (operation === undefined || named.length > 1) throw invalid(index, `must have exactly one of ${operations.join(', ')}`);
  const details = given[operation];
  const holder = operation === 'Put' ? 'Item' : 'Key';
  if (!isObject(details) || typeof details.TableName !== 'string') throw invalid(index, 'must name its table in TableName');
  if (!isObject(details[holder])) throw invalid(index, `must have ${operation === 'Put' ? 'an Item' : 'a Key'}`);
  const { ExpressionAttributeValues: values } = details;
  try {
    return {
      [operation]: {
        ...details,
        [holder]: marshall(details[holder], options),
        ...(isObject(values) ? { ExpressionAttributeValues: marshall(values, options) } : {}),
      },
    };
  } catch (error) {
    throw invalid(index, 'has a value that DynamoDB has no form for', { cause: error });
  }
}

/** What a `fence()` names: the transaction checks it already, and takes no two operations on one item. */
function refuseOwnRecord(items: readonly TransactWriteItem[], record: { tableName: string; id: string }): void {
  for (const [index, item] of items.entries()) {
    const { tableName, key } = targetOf(item);
    if (tableName === record.tableName && key[attribute.id]?.S === record.id)
      throw invalid(index, 'is on the idempotency record, which commit writes itself: fence() is for other transactions');
  }
}

/** A `Put` shows its key only where another write names the key of that table; the rest of the repeats DynamoDB finds. */
function refuseRepeats(items: readonly TransactWriteItem[]): void {
  const keyNames = new Map<string, readonly string[]>();
  for (const item of items) {
    const { tableName, key } = targetOf(item);
    if (item.Put === undefined) keyNames.set(tableName, Object.keys(key));
  }
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const { tableName, key } = targetOf(item);
    const names = keyNames.get(tableName) ?? Object.keys(key).sort();
    const target = JSON.stringify([tableName, names.map(name => [name, key[name]])]);
    const earlier = seen.get(target);
    if (earlier !== undefined)
      throw invalid(index, `is on the same item as write ${earlier}: a transaction takes one operation for each item`);
    seen.set(target, index);
  }
}

function refuseSizes(items: readonly TransactWriteItem[]): void {
  let total = 0;
  for (const [index, { Put }] of items.entries()) {
    const size = Put?.Item === undefined ? 0 : itemSize(Put.Item);
    if (size > largestItem) throw invalid(index, `is an item of ${size} bytes, and DynamoDB takes ${largestItem}`);
    total += size;
  }
  if (total > largestTransaction)
    throw new InvalidWritesError(`the items of a commit may have ${largestTransaction} bytes together, got ${total}`);
}

/** The fallbacks are for the compiler: toTransactItem has seen to one operation, its table and its key. */
function targetOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem) {
  const keyed = Update ?? Delete ?? ConditionCheck;
  // Stryker disable next-line OptionalChaining: without a keyed operation there is a Put.
  const key: Record<string, AttributeValue> = keyed?.Key ?? Put?.Item ?? {};
  // Stryker disable next-line OptionalChaining,StringLiteral: there is an operation, and it has a table.
  return { tableName: (keyed ?? Put)?.TableName ?? '', key };
}

function invalid(index: number, problem: string, options?: ErrorOptions): InvalidWritesError {
  return new InvalidWritesError(`write ${index} ${problem}`, options);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
