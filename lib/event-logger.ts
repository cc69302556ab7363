/** Events as log entries: to the user's logger, or to the console. */
import { IdempotencyStoreError } from './errors.ts';
import type { IdempotencyEvent, Observer } from './events.ts';

/** An event without its level, which the logger has a method for. A type, not an interface: loggers ask for an index signature. */
export type IdempotencyLogEntry = Omit<IdempotencyEvent, 'level' | 'error'> & {
  /** Always `idempotency`: tells these entries from others. */
  readonly message: string;
  /** What failed: the message of an error of the store, and of any other error the name only. */
  readonly error?: string;
};

/** What the option `logger` takes: the Logger of Powertools, pino, winston, `console`, or whatever has these methods. */
export interface IdempotencyLogger {
  info(entry: IdempotencyLogEntry): unknown;
  warn(entry: IdempotencyLogEntry): unknown;
  error(entry: IdempotencyLogEntry): unknown;
}

/** Each level has a method of its name. */
export function loggerObserver(logger: IdempotencyLogger): Observer {
  return event => logger[event.level]({ message: 'idempotency', ...factsOf(event) });
}

/** What is done without `logger` and `onEvent`. */
export function consoleObserver(event: IdempotencyEvent): void {
  const { level } = event;
  if (level === 'error') console.error(JSON.stringify({ message: 'idempotency', level, ...factsOf(event) }));
}

/** Of errors that aren't ours the name only: a handler's message may hold anything. */
function factsOf({ level: _, error, ...facts }: IdempotencyEvent): Omit<IdempotencyLogEntry, 'message'> {
  if (!(error instanceof Error)) return facts;
  return { ...facts, error: error instanceof IdempotencyStoreError ? error.message : error.name };
}
