/** What is reported about a request: a closed list. The caller and the key appear as the record's id, a hash of both, only. */

export type IdempotencyEventKind =
  /** The key was free; the handler runs. */
  | 'claimed'
  /** The response is stored. */
  | 'completed'
  /** A stored response was sent. */
  | 'replayed'
  /** A repeat waited for the first attempt; `waitedMs` says how long. */
  | 'waited'
  /** The key stands for another request: 422. */
  | 'conflict'
  /** The first attempt is still running: 409. */
  | 'in_progress'
  /** An attempt's lease ended without an outcome; the handler runs again, as attempt `attempt`. */
  | 'taken_over'
  /** The attempt failed, and the key is free again. */
  | 'released'
  /** The attempt outlived its lease and another one took its claim over: its response was not stored. */
  | 'lost_claim'
  /** Nobody knows how an attempt ended. The key is held until its lease ends. */
  | 'outcome_unknown'
  /** The attempt succeeded, but its response could not be stored. The key is held until its lease ends. */
  | 'not_stored'
  /** The attempt failed, but its key could not be released. It is held until its lease ends. */
  | 'not_released'
  /** The table could not answer: 503, or the handler ran unprotected. */
  | 'unavailable';

export interface IdempotencyEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly kind: IdempotencyEventKind;
  /** The record's id: a SHA-256 of caller and key. */
  readonly id: string;
  readonly attempt?: number;
  readonly waitedMs?: number;
  /** For operators, in words; never contains a key, an API key or a payload. */
  readonly reason?: string;
  /** What failed. Not part of the JSON line. */
  readonly error?: unknown;
}

const levels: Readonly<Record<IdempotencyEventKind, IdempotencyEvent['level']>> = {
  claimed: 'info',
  completed: 'info',
  replayed: 'info',
  waited: 'info',
  conflict: 'warn',
  in_progress: 'info',
  taken_over: 'warn',
  released: 'info',
  lost_claim: 'error',
  outcome_unknown: 'error',
  not_stored: 'error',
  not_released: 'error',
  unavailable: 'error',
};

export type Observer = (event: IdempotencyEvent) => unknown;

export type Report = (kind: IdempotencyEventKind, details: Omit<IdempotencyEvent, 'level' | 'kind' | 'id'>) => void;

/** Reports about the record `id` to `observer`. */
export function reporter(observer: Observer, id: string): Report {
  return (kind, details) => tell(observer, { level: levels[kind], kind, id, ...details });
}

/** An observer can't disturb the request: neither by throwing nor by never finishing. */
export function tell(observer: Observer, event: IdempotencyEvent): void {
  try {
    const returned = observer(event);
    if (returned instanceof Promise) returned.catch(() => {});
  } catch {
    // The observer's fault is not the request's.
  }
}
