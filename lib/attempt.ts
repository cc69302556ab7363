/** One run of the handler: what the forms of the middleware do with it, and what the handler sees of it. */
import type { Answer } from './answer.ts';
import type { Result } from './http/response.ts';
import type { Fence, Write } from './store/store.ts';

/** `context.idempotency`: what a handler can know, and do, about its request's key. Present without a key too. */
export interface IdempotencyContext {
  /** The request's key; undefined when it has none, or its method is not protected. */
  readonly key: string | undefined;

  /** 1, or n + 1 when this run took over from attempt n, whose lease ended without an outcome. */
  readonly attempt: number;

  /**
   * Performs `writes` and stores `response` in one DynamoDB transaction: all of it happens, or nothing. Resolves to `response`, so
   * that a handler ends with `return commit(response, writes)`. Without a key it just performs the writes.
   *
   * At most 99 writes, in the form of `@aws-sdk/lib-dynamodb`, to tables of the same account and Region as the idempotency table;
   * one for each item, 400 KB each and 4 MB together (AWS's limits). `response` must be a 2xx that is stored. A request has one
   * commit; after one that failed for certain it may have another.
   *
   * @throws TransactionCanceledException (the SDK's) when a condition of a write failed: nothing was written, and
   * `CancellationReasons[i]` belongs to `writes[i]`. Transactions in the way and throttling are waited out first.
   * @throws IdempotencyCommitError `invalid_writes`, `response_not_stored`, `already_committed`: nothing was written;
   * `outcome_unknown`: it may have been, and the key is held until its lease ends.
   * @throws IdempotencyLostClaimError when another attempt took over: nothing was written. Let it through.
   *
   * @example
   * return context.idempotency.commit(
   *   { statusCode: 201, body: JSON.stringify(contact) },
   *   [{ Put: { TableName: 'contacts', Item: contact, ConditionExpression: 'attribute_not_exists(id)' } }],
   * );
   */
  commit<T>(response: T, writes: readonly Write[]): Promise<T>;

  /**
   * A `ConditionCheck` that the claim still stands, to spread into a transaction of the handler's own; nothing without a key. Not
   * for `commit`, which is fenced already.
   *
   * @example
   * await client.send(new TransactWriteCommand({ TransactItems: [...context.idempotency.fence(), { Put: { TableName, Item } }] }));
   */
  fence(): Fence[];

  /**
   * A key for a request to somebody else's API: a UUID that is the same on every attempt of this caller, key and operation, and
   * another one for every `label`. Without a key there is nothing to derive it from, and each call gives a new one.
   *
   * @example
   * await stripe.charges.create(charge, { idempotencyKey: context.idempotency.deriveKey('charge') });
   */
  deriveKey(label: string): string;
}

export interface Attempt {
  readonly context: IdempotencyContext;
  /**
   * What the handler's result is worth: read at once, and sharing nothing with it, so that it still holds after other
   * middlewares have changed the response.
   */
  assess(result: unknown): Result;
  /**
   * The attempt is over, with this result. Resolves to undefined when the client gets the handler's own answer, and to another
   * one when the claim was taken over. Never throws: after the handler ran, no trouble of ours may change its answer.
   */
  finish(result: Result): Promise<Answer | undefined>;
  /** The attempt threw. Resolves to undefined when the error stands, and to an answer when it only said that the claim was lost. */
  fail(error: unknown): Promise<Answer | undefined>;
}
