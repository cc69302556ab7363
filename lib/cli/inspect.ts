/** Shows a record. */
import type { IdempotencyStore } from '../store/store.ts';
import { responseView, type Standing, standingOf, viewOf } from './record-view.ts';
import type { Report } from './report.ts';
import { type CommandEnvironment, notFound } from './resolve.ts';

export async function inspect(
  store: IdempotencyStore,
  id: string,
  { showsBody }: { readonly showsBody: boolean },
  { now, callOptions }: CommandEnvironment,
): Promise<Report> {
  const record = await store.read(id, callOptions());
  if (record === undefined) return notFound;
  if (record.state === 'claimed') return { outcome: 'found', message: repeats[standingOf(record, now())], record: viewOf(record, now()) };
  const response = await store.loadResponse(record, callOptions());
  const summary = responseView(response, 'bodyItems' in record.response ? record.response.bodyItems : 0);
  const view = viewOf(record, now(), showsBody ? { ...summary, stored: response } : summary);
  return { outcome: 'found', message: repeats[view.standing], record: view };
}

const repeats: Readonly<Record<Standing, string>> = {
  running: 'a repeat of the request waits for the response, or gets 409 idempotency_in_progress',
  unknown: "a repeat of the request runs the handler; with afterCrash: 'reject' it gets 409 idempotency_outcome_unknown",
  completed: 'a repeat of the request gets this response',
  expired: 'a repeat of the request is a new one',
};
