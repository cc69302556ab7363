/** The store on DynamoDB: sends the requests of `dynamodb-requests.ts` and turns a failed condition into a result. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  TransactionConflictException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { TranslateConfig } from '@aws-sdk/lib-dynamodb';
import type { marshallOptions } from '@aws-sdk/util-dynamodb';
import { IdempotencyCommitError, IdempotencyStoreError, type StoreOperation } from '../errors.ts';
import {
  type ClaimedRecord,
  type CompletedRecord,
  type EpochMs,
  type IdempotencyRecord,
  isTryOf,
  type NewCompletion,
  type StoredResponse,
} from '../protocol/record.ts';
import { getAll, putAll } from './batches.ts';
import { bodyItemIds, joinBody } from './body-items.ts';
import { completionItems, fromItem, type Item, UnreadableItemError, unpackOrRefuse } from './dynamodb-item.ts';
import {
  amendRequest,
  claimRequest,
  commitRequest,
  completeRequest,
  fenceOf,
  readBodyRequest,
  readRequest,
  releaseRequest,
  takeOverRequest,
  writeBodyRequest,
} from './dynamodb-requests.ts';
import type {
  CallOptions,
  ClaimResult,
  CommitResult,
  Fence,
  FinishResult,
  Holder,
  IdempotencyStore,
  TransactionOptions,
  Write,
  WriteResult,
} from './store.ts';
import { TimeLimit } from './time-limit.ts';
import { InvalidWritesError, toTransactItems } from './transact-writes.ts';
import { sendTransaction } from './transactions.ts';

/** What the store needs of a client: a `DynamoDBClient` has it, and so has a document client, which sends plain commands unchanged. */
export type DynamoDbSender = Pick<DynamoDBClient, 'send'> & { readonly config?: object };

export class DynamoDbStore implements IdempotencyStore {
  readonly #client: Pick<DynamoDBClient, 'send'>;
  readonly #tableName: string;
  readonly #marshallOptions: marshallOptions;

  constructor(client: DynamoDbSender, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
    this.#marshallOptions = marshallOptionsOf(client);
  }

  async claim(claim: ClaimedRecord, now: EpochMs, options: CallOptions): Promise<ClaimResult> {
    return this.#asOperation('claim', options, limit => this.#putClaim(claim, claimRequest(this.#tableName, claim, now), limit));
  }

  async takeOver(claim: ClaimedRecord, seenOwner: string, options: CallOptions): Promise<ClaimResult> {
    return this.#asOperation('take over', options, limit =>
      this.#putClaim(claim, takeOverRequest(this.#tableName, claim, seenOwner), limit),
    );
  }

  async read(id: string, options: CallOptions): Promise<IdempotencyRecord | undefined> {
    return this.#asOperation('read', options, limit => this.#getItem(id, limit));
  }

  async loadResponse(record: CompletedRecord, options: CallOptions): Promise<StoredResponse> {
    const { response } = record;
    if ('statusCode' in response) return response;
    return this.#asOperation('load response', options, async limit => {
      if ('packed' in response) return unpackOrRefuse(response.packed);
      const ids = bodyItemIds(record, response);
      const packed = joinBody(ids, await getAll(this.#client, readBodyRequest(this.#tableName, ids), limit));
      if (packed === undefined) throw new UnreadableItemError('names body items that are not there');
      return unpackOrRefuse(packed);
    });
  }

  async complete(record: NewCompletion, options: CallOptions): Promise<FinishResult> {
    const { item, bodyItems } = completionItems(record, 'completed');
    const request = completeRequest(this.#tableName, item, record.owner);
    return this.#finish('complete', request, bodyItems, options, found => foundBy(record, found));
  }

  async commit(record: NewCompletion, writes: readonly Write[], { timeoutMs, token }: TransactionOptions): Promise<CommitResult> {
    const limit = new TimeLimit(timeoutMs);
    const transactItems = this.#checked(writes, record.id);
    const committed = { ...record, commit: token };
    const { item, bodyItems } = completionItems(committed, token);
    try {
      await this.#writeBody(bodyItems, limit);
    } catch (error) {
      // Whatever became of the body, the transaction was not sent.
      throw this.#storeError('commit', error, false);
    }
    return this.#asTransaction(async () => {
      const result = await sendTransaction(this.#client, commitRequest(this.#tableName, transactItems, item, record.owner, token), limit);
      // A cancellation, too, says nothing of the tries before it.
      if (result.outcome === 'cancelled' && (result.error.$metadata.attempts ?? 1) > 1) throw result.error;
      if (result.outcome !== 'last-refused') return result;
      const found = foundBy(committed, result.found);
      return found.outcome === 'done' ? found : { ...found, error: result.error };
    });
  }

  async write(writes: readonly Write[], { timeoutMs, token }: TransactionOptions): Promise<WriteResult> {
    const transactItems = this.#checked(writes, undefined);
    if (transactItems.length === 0) return { outcome: 'done' };
    return this.#asTransaction(async () => {
      const result = await sendTransaction(
        this.#client,
        { TransactItems: transactItems, ClientRequestToken: token },
        new TimeLimit(timeoutMs),
      );
      return result.outcome === 'last-refused' ? { outcome: 'cancelled', error: result.error, isPassing: false } : result;
    });
  }

  async amend(record: NewCompletion, options: CallOptions): Promise<FinishResult> {
    const { item, bodyItems } = completionItems(record, 'amended');
    const request = amendRequest(this.#tableName, item, record.owner);
    return this.#finish('amend', request, bodyItems, options, found => ({ outcome: 'lost', to: holderIn(found) }));
  }

  fence(claim: ClaimedRecord): Fence {
    return fenceOf(this.#tableName, claim);
  }

  get name(): string {
    return this.#tableName;
  }

  async release(claim: ClaimedRecord, options: CallOptions): Promise<FinishResult> {
    return this.#asOperation('release', options, async limit => {
      try {
        const command = new DeleteItemCommand(releaseRequest(this.#tableName, claim));
        await limit.run(abortSignal => this.#client.send(command, { abortSignal }));
        return { outcome: 'done' };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const found = holderIn(error.Item);
        return found === undefined ? { outcome: 'done' } : { outcome: 'lost', to: found };
      }
    });
  }

  async #putClaim(claim: ClaimedRecord, request: PutItemCommandInput, limit: TimeLimit): Promise<ClaimResult> {
    const failure = await this.#put(request, limit);
    if (failure === undefined) return { outcome: 'claimed' };
    // A transaction in the way is a commit of the holder's: it brings no record, and what it leaves behind decides.
    const item = failure instanceof ConditionalCheckFailedException ? failure.Item : undefined;
    const held = item === undefined ? await this.#named('read', () => this.#getItem(claim.id, limit)) : fromItem(item);
    // The SDK retries a write whose answer was lost: meeting our own token means that an earlier try landed.
    const isOurs = held?.state === 'claimed' && held.owner === claim.owner;
    return isOurs ? { outcome: 'claimed' } : { outcome: 'held', by: held };
  }

  /** First the body, then the record that names it: nobody ever sees half an answer. */
  async #finish(
    operation: StoreOperation,
    request: PutItemCommandInput,
    bodyItems: readonly Item[],
    options: CallOptions,
    refused: (found: Item | undefined) => FinishResult,
  ): Promise<FinishResult> {
    return this.#asOperation(operation, options, async limit => {
      await this.#writeBody(bodyItems, limit);
      const failure = await this.#put(request, limit);
      if (failure instanceof TransactionConflictException) throw failure;
      return failure === undefined ? { outcome: 'done' } : refused(failure.Item);
    });
  }

  /** Resolves to the failed condition, or to the transaction in the way; undefined when the item was written. */
  async #put(
    request: PutItemCommandInput,
    limit: TimeLimit,
  ): Promise<ConditionalCheckFailedException | TransactionConflictException | undefined> {
    try {
      await limit.run(abortSignal => this.#client.send(new PutItemCommand(request), { abortSignal }));
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) return error;
      throw error;
    }
  }

  async #getItem(id: string, limit: TimeLimit): Promise<IdempotencyRecord | undefined> {
    const command = new GetItemCommand(readRequest(this.#tableName, id));
    const { Item: item } = await limit.run(abortSignal => this.#client.send(command, { abortSignal }));
    return item === undefined ? undefined : fromItem(item);
  }

  #checked(writes: readonly Write[], recordId: string | undefined): TransactWriteItem[] {
    const record = recordId === undefined ? undefined : { tableName: this.#tableName, id: recordId };
    try {
      return toTransactItems(writes, record, this.#marshallOptions);
    } catch (error) {
      if (error instanceof InvalidWritesError) throw new IdempotencyCommitError('invalid_writes', error.message, { cause: error.cause });
      throw error;
    }
  }

  async #writeBody(bodyItems: readonly Item[], limit: TimeLimit): Promise<void> {
    if (bodyItems.length > 0) await putAll(this.#client, writeBodyRequest(this.#tableName, bodyItems), limit);
  }

  #asOperation<T>(operation: StoreOperation, { timeoutMs }: CallOptions, call: (limit: TimeLimit) => Promise<T>): Promise<T> {
    return this.#named(operation, () => call(new TimeLimit(timeoutMs)));
  }

  async #named<T>(operation: StoreOperation, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      // It has named its operation already: a claim looks at what was in its way, and a read that fails there is no failed claim.
      if (error instanceof IdempotencyStoreError) throw error;
      throw this.#storeError(operation, error, isRetryable(error));
    }
  }

  /** A refusal says nothing of the tries before it, which the SDK made of its own: one of them may have been applied, its answer lost. */
  async #asTransaction<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const wasTriedBefore = error instanceof DynamoDBServiceException && (error.$metadata.attempts ?? 1) > 1;
      throw this.#storeError('commit', error, isRetryable(error) || wasTriedBefore);
    }
  }

  #storeError(operation: StoreOperation, error: unknown, retryable: boolean): IdempotencyStoreError {
    if (error instanceof UnreadableItemError) {
      const message = `the item under this key in table "${this.#tableName}" ${error.message}`;
      return new IdempotencyStoreError('unreadable_record', operation, false, message, { cause: error });
    }
    const name = error instanceof Error ? error.name : 'unknown error';
    const message = `could not ${operation} in table "${this.#tableName}": ${name}`;
    return new IdempotencyStoreError('store_failed', operation, retryable, message, { cause: error });
  }
}

/** A document client's writes are to look here as they do when it sends them itself. */
function marshallOptionsOf({ config }: DynamoDbSender): marshallOptions {
  // lib-dynamodb keeps its settings on the client's config, under this name.
  const { translateConfig } = (config ?? {}) as { translateConfig?: TranslateConfig };
  return translateConfig?.marshallOptions ?? { removeUndefinedValues: true };
}

/** What a completion finds in the way of itself. Tried twice, and applied the first time, it is done. */
function foundBy(record: CompletedRecord, item: Item | undefined): FinishResult {
  const found = holderIn(item);
  return found !== 'unreadable' && isTryOf(record, found) ? { outcome: 'done' } : { outcome: 'lost', to: found };
}

/** What this attempt wrote, it can read: an item that it can't is somebody else's. */
function holderIn(item: Item | undefined): Holder {
  try {
    return item === undefined ? undefined : fromItem(item);
  } catch (error) {
    if (error instanceof UnreadableItemError) return 'unreadable';
    throw error;
  }
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
  // An earlier try of the same transaction is still under way: what becomes of it is not known yet.
  'TransactionInProgressException',
]);
