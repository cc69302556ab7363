/** Shows a record. */
import type { IdempotencyStore } from '../store/store.ts';
import { type RecordView, responseView, type Standing, viewOf } from './record-view.ts';
import type { Report } from './report.ts';
import { type CommandEnvironment, notFound } from './resolve.ts';

export async function inspect(
  store: IdempotencyStore,
  id: string,
  { showsBody }: { readonly showsBody: boolean },
  { now, callOptions }: CommandEnvironment,
): Promise<Report> {
  const record = await store.read(id, callOptions);
  if (record === undefined) return notFound;
  if (record.state === 'claimed') return found(viewOf(record, now()));
  const response = await store.loadResponse(record, callOptions);
  const summary = responseView(response, 'bodyItems' in record.response ? record.response.bodyItems : 0);
  return found(viewOf(record, now(), showsBody ? { ...summary, stored: response } : summary));
}

function found(record: RecordView): Report {
  return { outcome: 'found', message: repeats[record.standing], record };
}

const repeats: Readonly<Record<Standing, string>> = {
  running: 'a repeat of the request waits for the response, or gets 409 idempotency_in_progress',
  unknown: "a repeat of the request runs the handler; with afterCrash: 'reject' it gets 409 idempotency_outcome_unknown",
  completed: 'a repeat of the request gets this response',
  expired: 'a repeat of the request is a new one',
};
