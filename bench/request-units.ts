/** What DynamoDB bills for a first request and for a replay, from the sizes of the items they meet. */

export interface Units {
  readonly write: number;
  readonly read: number;
}

export interface ItemSizes {
  readonly claim: number;
  /** The completed record. */
  readonly record: number;
  readonly bodyItems: readonly number[];
}

/** On demand, us-east-1, standard table class, in 2026: USD for a million request units. So since November 2024. */
const usdPerMillion = { write: 0.625, read: 0.125 };

/** The claim, the body items, and the completion: billed by the larger of the item before and after it. */
export function firstRequest({ claim, record, bodyItems }: ItemSizes): Units {
  return { write: writeUnits(claim) + sum(bodyItems.map(writeUnits)) + writeUnits(Math.max(claim, record)), read: 0 };
}

/** As a first request, with the completion in a transaction, which is billed twice. The handler's own writes come on top. */
export function firstRequestWithCommit({ claim, record, bodyItems }: ItemSizes): Units {
  return { write: writeUnits(claim) + sum(bodyItems.map(writeUnits)) + 2 * writeUnits(Math.max(claim, record)), read: 0 };
}

/** A claim that fails, billed by the record it meets; then a strongly consistent read of each body item. */
export function replay({ record, bodyItems }: ItemSizes): Units {
  return { write: writeUnits(record), read: sum(bodyItems.map(size => Math.ceil(size / 4096))) };
}

export function usdForAMillion({ write, read }: Units): number {
  return write * usdPerMillion.write + read * usdPerMillion.read;
}

function writeUnits(size: number): number {
  return Math.max(1, Math.ceil(size / 1024));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
