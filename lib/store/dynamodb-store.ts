/** The store on DynamoDB: sends the requests of `dynamodb-requests.ts` and turns a failed condition into a result. */
import { setTimeout } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { IdempotencyStoreError, type StoreOperation } from '../errors.ts';
import type { ClaimedRecord, CompletedRecord, EpochMs, IdempotencyRecord, NewCompletion, StoredResponse } from '../protocol/record.ts';
import { bodyItemIds, joinBody } from './body-items.ts';
import { completionItems, fromItem, type Item, UnreadableItemError, unpackOrRefuse } from './dynamodb-item.ts';
import {
  claimRequest,
  completeRequest,
  readBodyRequest,
  readRequest,
  releaseRequest,
  takeOverRequest,
  writeBodyRequest,
} from './dynamodb-requests.ts';
import type { CallOptions, ClaimResult, FinishResult, IdempotencyStore } from './store.ts';

/** What the store needs of a client: a `DynamoDBClient` has it, and so has a document client, which sends plain commands unchanged. */
export type DynamoDbSender = Pick<DynamoDBClient, 'send'>;

export class DynamoDbStore implements IdempotencyStore {
  readonly #client: DynamoDbSender;
  readonly #tableName: string;

  constructor(client: DynamoDbSender, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async claim(claim: ClaimedRecord, now: EpochMs, options: CallOptions): Promise<ClaimResult> {
    return this.#asOperation('claim', () => this.#putClaim(claim, claimRequest(this.#tableName, claim, now), options));
  }

  async takeOver(claim: ClaimedRecord, seenOwner: string, options: CallOptions): Promise<ClaimResult> {
    return this.#asOperation('take over', () => this.#putClaim(claim, takeOverRequest(this.#tableName, claim, seenOwner), options));
  }

  async read(id: string, options: CallOptions): Promise<IdempotencyRecord | undefined> {
    return this.#asOperation('read', () => this.#getItem(id, options));
  }

  async loadResponse(record: CompletedRecord, options: CallOptions): Promise<StoredResponse> {
    const { response } = record;
    if (!('bodyItems' in response)) return response;
    return this.#asOperation('load response', async () => {
      const ids = bodyItemIds(record, response.bodyItems);
      const packed = joinBody(ids, await this.#readBody(ids, options));
      if (packed === undefined) throw new UnreadableItemError('names body items that are not there');
      return unpackOrRefuse(packed);
    });
  }

  async complete(record: NewCompletion, options: CallOptions): Promise<FinishResult> {
    return this.#asOperation('complete', async () => {
      const { item, bodyItems } = completionItems(record);
      // First the body, then the record that names it: nobody ever sees half an answer.
      await this.#writeBody(bodyItems, options);
      const failure = await this.#put(completeRequest(this.#tableName, item, record.owner), options);
      if (failure === undefined) return { outcome: 'done' };
      if (failure instanceof TransactionConflictException) throw failure;
      const found = recordIn(failure);
      return found?.owner === record.owner && found.state === 'completed' ? { outcome: 'done' } : { outcome: 'lost', to: found };
    });
  }

  async release(claim: ClaimedRecord, options: CallOptions): Promise<FinishResult> {
    return this.#asOperation('release', async () => {
      try {
        await this.#client.send(new DeleteItemCommand(releaseRequest(this.#tableName, claim)), { abortSignal: options.signal });
        return { outcome: 'done' };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const found = recordIn(error);
        return found === undefined ? { outcome: 'done' } : { outcome: 'lost', to: found };
      }
    });
  }

  async #putClaim(claim: ClaimedRecord, request: PutItemCommandInput, options: CallOptions): Promise<ClaimResult> {
    const failure = await this.#put(request, options);
    if (failure === undefined) return { outcome: 'claimed' };
    // A transaction in the way is a commit of the holder's: it brings no record, and what it leaves behind decides.
    const held = recordIn(failure) ?? (await this.#getItem(claim.id, options));
    // The SDK retries a write whose answer was lost: meeting our own token means that an earlier try landed.
    const isOurs = held?.state === 'claimed' && held.owner === claim.owner;
    return isOurs ? { outcome: 'claimed' } : { outcome: 'held', by: held };
  }

  /** Resolves to the failed condition, or to the transaction in the way; undefined when the item was written. */
  async #put(
    request: PutItemCommandInput,
    { signal }: CallOptions,
  ): Promise<ConditionalCheckFailedException | TransactionConflictException | undefined> {
    try {
      await this.#client.send(new PutItemCommand(request), { abortSignal: signal });
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) return error;
      throw error;
    }
  }

  async #getItem(id: string, { signal }: CallOptions): Promise<IdempotencyRecord | undefined> {
    const { Item: item } = await this.#client.send(new GetItemCommand(readRequest(this.#tableName, id)), { abortSignal: signal });
    return item === undefined ? undefined : fromItem(item);
  }

  /** A batch may come back in part: DynamoDB leaves the rest to the caller, within the time that the signal gives. */
  async #readBody(ids: readonly string[], { signal }: CallOptions): Promise<Item[]> {
    const items: Item[] = [];
    let request: BatchGetItemCommandInput = readBodyRequest(this.#tableName, ids);
    for (let rounds = 0; ; rounds++) {
      const { Responses, UnprocessedKeys } = await this.#client.send(new BatchGetItemCommand(request), { abortSignal: signal });
      items.push(...(Responses?.[this.#tableName] ?? []));
      if (isEmpty(UnprocessedKeys)) return items;
      await pauseBeforeRest(rounds, signal);
      request = { RequestItems: UnprocessedKeys };
    }
  }

  async #writeBody(bodyItems: readonly Item[], { signal }: CallOptions): Promise<void> {
    if (bodyItems.length === 0) return;
    let request: BatchWriteItemCommandInput = writeBodyRequest(this.#tableName, bodyItems);
    for (let rounds = 0; ; rounds++) {
      const { UnprocessedItems } = await this.#client.send(new BatchWriteItemCommand(request), { abortSignal: signal });
      if (isEmpty(UnprocessedItems)) return;
      await pauseBeforeRest(rounds, signal);
      request = { RequestItems: UnprocessedItems };
    }
  }

  async #asOperation<T>(operation: StoreOperation, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof UnreadableItemError) {
        const message = `the item under this key in table "${this.#tableName}" ${error.message}`;
        throw new IdempotencyStoreError('unreadable_record', operation, false, message, { cause: error });
      }
      const message = `could not ${operation} in table "${this.#tableName}": ${error instanceof Error ? error.name : 'unknown error'}`;
      throw new IdempotencyStoreError('store_failed', operation, isRetryable(error), message, { cause: error });
    }
  }
}

function isEmpty(rest: object | undefined): rest is undefined {
  return rest === undefined || Object.keys(rest).length === 0;
}

/** What a batch left over was throttled: sent again at once, it would be again. */
async function pauseBeforeRest(rounds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(Math.min(1000, 25 * 2 ** rounds), undefined, { signal });
}

function recordIn(failure: ConditionalCheckFailedException | TransactionConflictException): IdempotencyRecord | undefined {
  const item: Item | undefined = failure instanceof ConditionalCheckFailedException ? failure.Item : undefined;
  return item === undefined ? undefined : fromItem(item);
}

/** DynamoDB answers a throttled call, and one that met a transaction, as the caller's fault too; those pass. */
function isRetryable(error: unknown): boolean {
  return !(error instanceof DynamoDBServiceException) || error.$fault === 'server' || passingFaults.has(error.name);
}

const passingFaults: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
]);
