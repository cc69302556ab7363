/** What `release` and `complete` have in common: they resolve a claim that no attempt will, and nothing else. */
import type { ClaimedRecord, EpochMs } from '../protocol/record.ts';
import type { CallOptions, Holder, IdempotencyStore } from '../store/store.ts';
import type { Resolution } from './command-line.ts';
import { standingOf, viewOf } from './record-view.ts';
import type { Report } from './report.ts';

export interface CommandEnvironment {
  now(): EpochMs;
  readonly callOptions: CallOptions;
  newToken(): string;
}

export const notFound: Report = { outcome: 'not-found', message: 'there is no record: the key is free' };

/** `lost`: somebody else came first, and left `to`. `cancelled`: DynamoDB would not. Nothing was written, either way. */
export type WriteOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'lost'; readonly to: Holder }
  | { readonly outcome: 'cancelled'; readonly error: Error };

export interface Words {
  /** Such as "release the key". */
  readonly infinitive: string;
  /** What comes of it, told before. */
  readonly would: string;
  /** That it is done, and what comes of it. */
  readonly done: string;
  /** What `force` risks. */
  readonly risk: string;
}

/** `write` must be fenced on the owner token of the claim that it is given. */
export async function resolveClaim(
  store: IdempotencyStore,
  id: string,
  { isConfirmed, isForced }: Resolution,
  { now, callOptions }: CommandEnvironment,
  words: Words,
  write: (claim: ClaimedRecord) => Promise<WriteOutcome>,
): Promise<Report> {
  const record = await store.read(id, callOptions);
  if (record === undefined) return notFound;
  const view = viewOf(record, now());
  const refuse = (reason: string): Report => ({ outcome: 'refused', message: `did not ${words.infinitive}: ${reason}`, record: view });
  if (view.standing === 'expired') return { ...notFound, message: 'the record has expired: the key is free', record: view };
  if (record.state === 'completed') return refuse('the record is completed, and a repeat gets its response until it expires');
  if (view.standing === 'running' && !isForced) {
    return refuse(`an attempt may be running until the lease ends. Wait for that; or --force it, and then ${words.risk}`);
  }
  if (!isConfirmed) return { outcome: 'would-do', message: `would ${words.infinitive}: ${words.would}. Add --yes to do it`, record: view };
  const result = await write(record);
  if (result.outcome === 'done') return { outcome: 'done', message: words.done };
  if (result.outcome === 'cancelled') {
    return { outcome: 'failed', message: `did not ${words.infinitive}: ${result.error.message}. Nothing was changed: try again` };
  }
  const meanwhile = `somebody else came first, and nothing was changed${holderText(result.to, now())}`;
  return { outcome: 'refused', message: `did not ${words.infinitive}: ${meanwhile}`, ...holderView(result.to, now()) };
}

function holderText(holder: Holder, now: EpochMs): string {
  if (holder === undefined) return ': the key is free now';
  if (holder === 'unreadable') return ': the record is one that this release can not read';
  return holder.state === 'completed'
    ? ': the record is completed now'
    : `: attempt ${holder.attempt} holds the key now (${standingOf(holder, now)})`;
}

function holderView(holder: Holder, now: EpochMs): Pick<Report, 'record'> {
  return holder === undefined || holder === 'unreadable' ? {} : { record: viewOf(holder, now) };
}
