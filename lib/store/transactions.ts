/** Sends transactions, and reads their cancellations. */
import {
  type AttributeValue,
  type CancellationReason,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { TimeLimit } from './time-limit.ts';

export type TransactionResult =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'cancelled'; readonly error: TransactionCanceledException; readonly isPassing: boolean }
  /** The last item's condition failed. The record of a commit is the last. */
  | {
      readonly outcome: 'last-refused';
      readonly error: TransactionCanceledException;
      readonly found: Record<string, AttributeValue> | undefined;
    };

export async function sendTransaction(
  client: Pick<DynamoDBClient, 'send'>,
  request: TransactWriteItemsCommandInput,
  limit: TimeLimit,
): Promise<TransactionResult> {
  try {
    await limit.run(abortSignal => client.send(new TransactWriteItemsCommand(request), { abortSignal }));
    return { outcome: 'done' };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = error.CancellationReasons ?? [];
    const last = reasons.length === request.TransactItems?.length ? reasons.at(-1) : undefined;
    if (last?.Code === 'ConditionalCheckFailed') return { outcome: 'last-refused', error, found: last.Item };
    return { outcome: 'cancelled', error, isPassing: reasons.length > 0 && reasons.every(isPassing) };
  }
}

/** These are about other callers, not about this transaction. */
function isPassing({ Code }: CancellationReason): boolean {
  return Code === undefined || passingReasons.has(Code);
}

const passingReasons: ReadonlySet<string> = new Set(['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
