/** A store in memory, for tests that own the clock and the order of things. Passes the same contract as the one on DynamoDB. */
import type {
  ClaimedRecord,
  CompletedRecord,
  EpochMs,
  IdempotencyRecord,
  NewCompletion,
  StoredResponse,
} from '../../lib/protocol/record.ts';
import { isExpired, isTryOf } from '../../lib/protocol/record.ts';
import type {
  ClaimResult,
  CommitResult,
  Fence,
  FinishResult,
  IdempotencyStore,
  TransactionOptions,
  Write,
  WriteResult,
} from '../../lib/store/store.ts';

export class MemoryStore implements IdempotencyStore {
  readonly name = 'memory';
  readonly records = new Map<string, IdempotencyRecord>();
  /** What was written beside the records, by `commit` and `write`. */
  readonly writes: Write[] = [];

  async claim(claim: ClaimedRecord, now: EpochMs): Promise<ClaimResult> {
    const held = this.records.get(claim.id);
    if (held !== undefined && !isExpired(held, now)) return ownOrHeld(claim, held);
    this.records.set(claim.id, claim);
    return { outcome: 'claimed' };
  }

  async takeOver(claim: ClaimedRecord, seenOwner: string): Promise<ClaimResult> {
    const held = this.records.get(claim.id);
    if (held === undefined) return { outcome: 'held', by: undefined };
    if (held.state !== 'claimed' || held.owner !== seenOwner) return ownOrHeld(claim, held);
    this.records.set(claim.id, claim);
    return { outcome: 'claimed' };
  }

  async read(id: string): Promise<IdempotencyRecord | undefined> {
    return this.records.get(id);
  }

  async loadResponse({ response }: CompletedRecord): Promise<StoredResponse> {
    if ('statusCode' in response) return response;
    throw new Error('this store keeps responses whole');
  }

  async complete(record: NewCompletion): Promise<FinishResult> {
    const held = this.records.get(record.id);
    if (isTryOf(record, held)) return { outcome: 'done' };
    if (held?.owner !== record.owner || held.state !== 'claimed') return { outcome: 'lost', to: held };
    this.records.set(record.id, record);
    return { outcome: 'done' };
  }

  async commit(record: NewCompletion, writes: readonly Write[], options: TransactionOptions): Promise<CommitResult> {
    const before = this.records.get(record.id);
    const result = await this.complete({ ...record, commit: options.token });
    if (result.outcome === 'lost') return { ...result, error: new Error('lost') };
    if (before?.state === 'claimed') this.writes.push(...writes);
    return result;
  }

  async write(writes: readonly Write[]): Promise<WriteResult> {
    this.writes.push(...writes);
    return { outcome: 'done' };
  }

  async amend(record: NewCompletion): Promise<FinishResult> {
    const held = this.records.get(record.id);
    if (held?.owner !== record.owner || held.state !== 'completed') return { outcome: 'lost', to: held };
    this.records.set(record.id, record);
    return { outcome: 'done' };
  }

  async release(claim: ClaimedRecord): Promise<FinishResult> {
    const held = this.records.get(claim.id);
    if (held === undefined) return { outcome: 'done' };
    if (held.state !== 'claimed' || held.owner !== claim.owner) return { outcome: 'lost', to: held };
    this.records.delete(claim.id);
    return { outcome: 'done' };
  }

  fence({ id }: ClaimedRecord): Fence {
    return { ConditionCheck: { TableName: this.name, Key: { id }, ConditionExpression: 'x' } };
  }
}

function ownOrHeld(claim: ClaimedRecord, held: IdempotencyRecord): ClaimResult {
  return held.state === 'claimed' && held.owner === claim.owner ? { outcome: 'claimed' } : { outcome: 'held', by: held };
}
