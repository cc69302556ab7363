/** A record as an operator sees it: no key, no owner token and, unasked, nothing of what the response says. */
import { decide } from '../protocol/decide.ts';
import type { EpochMs, IdempotencyRecord, StoredResponse } from '../protocol/record.ts';
import { relativeTime } from './relative-time.ts';

/** What a repeat of the request would find. */
export type Standing = 'running' | 'unknown' | 'completed' | 'expired';

export interface RecordView {
  readonly id: string;
  readonly state: IdempotencyRecord['state'];
  readonly standing: Standing;
  readonly attempt: number;
  readonly claimedAt: string;
  /** Of claimed records. */
  readonly leaseUntil?: string;
  readonly expiresAt: string;
  readonly response?: ResponseView;
}

export interface ResponseView {
  readonly statusCode: number;
  readonly headerNames: readonly string[];
  readonly bodyBytes: number;
  /** 0: the response is in the record itself. */
  readonly bodyItems: number;
  /** The whole response, when it was asked for. */
  readonly stored?: StoredResponse;
}

export function standingOf(record: IdempotencyRecord, now: EpochMs): Standing {
  const { kind } = decide(record, { fingerprint: record.fingerprint, afterCrash: 'reject' }, now);
  if (kind === 'replay') return 'completed';
  if (kind === 'in-progress') return 'running';
  return kind === 'claim' ? 'expired' : 'unknown';
}

export function viewOf(record: IdempotencyRecord, now: EpochMs, response?: ResponseView): RecordView {
  const { id, state, attempt } = record;
  return {
    id,
    state,
    standing: standingOf(record, now),
    attempt,
    claimedAt: iso(record.claimedAt),
    ...(record.state === 'claimed' ? { leaseUntil: iso(record.leaseUntil) } : {}),
    expiresAt: iso(record.expiresAt),
    ...(response === undefined ? {} : { response }),
  };
}

export function responseView(response: StoredResponse, bodyItems: number): ResponseView {
  const { statusCode, headers, multiValueHeaders, body = '', isBase64Encoded } = response;
  return {
    statusCode,
    headerNames: Object.keys({ ...headers, ...multiValueHeaders }),
    bodyBytes: Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8'),
    bodyItems,
  };
}

const standings: Readonly<Record<Standing, string>> = {
  running: 'claimed; the lease lasts, and an attempt may be running',
  unknown: 'claimed; the lease is over, and nobody knows the outcome',
  completed: 'completed',
  expired: 'expired; it counts as absent',
};

export function recordLines(record: RecordView, now: EpochMs): string[] {
  const { id, standing, attempt, claimedAt, leaseUntil, expiresAt, response } = record;
  const time = (at: string) => `${at}, ${relativeTime(Date.parse(at), now)}`;
  const lines: [string, string][] = [
    ['id', id],
    ['state', standings[standing]],
    ['attempt', String(attempt)],
    ['claimed', time(claimedAt)],
    ...(leaseUntil === undefined ? [] : [['lease', `until ${time(leaseUntil)}`] as [string, string]]),
    ['expires', time(expiresAt)],
  ];
  return [...lines.map(([label, value]) => `${label.padEnd(9)}${value}`), ...(response === undefined ? [] : responseLines(response))];
}

function responseLines({ statusCode, headerNames, bodyBytes, bodyItems, stored }: ResponseView): string[] {
  const place = bodyItems === 0 ? 'in the record' : `in ${bodyItems} body item${bodyItems === 1 ? '' : 's'}`;
  const summary = [
    `status   ${statusCode}`,
    `headers  ${headerNames.join(', ') || 'none'}`,
    `body     ${bodyBytes} byte${bodyBytes === 1 ? '' : 's'}, ${place}`,
  ];
  if (stored === undefined) return summary;
  const fields = Object.entries({ ...stored.headers, ...stored.multiValueHeaders }).flatMap(([name, value]) =>
    [value].flat().map(line => `${name}: ${line}`),
  );
  return [...summary, '', ...fields, '', ...(stored.isBase64Encoded ? ['(base64)'] : []), stored.body ?? ''];
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
