import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdempotencyStoreError } from '../lib/errors.ts';
import type { IdempotencyEvent, IdempotencyLogger } from '../lib/index.ts';
import { observerOf } from '../lib/observers.ts';
import { bringAbout, eventKinds } from './support/every-event.ts';

const info: IdempotencyEvent = { level: 'info', kind: 'waited', id: 'an-id', waitedMs: 120 };
const warn: IdempotencyEvent = { level: 'warn', kind: 'taken_over', id: 'an-id', attempt: 2 };
const error: IdempotencyEvent = { level: 'error', kind: 'not_released', id: 'an-id', attempt: 1, reason: 'why' };
const all = [info, warn, error];

/** A logger that writes down what it is given, and by which method. */
function newLogger() {
  const entries: [method: string, ...given: unknown[]][] = [];
  const logger: IdempotencyLogger = {
    info: (...given) => entries.push(['info', ...given]),
    warn: (...given) => entries.push(['warn', ...given]),
    error: (...given) => entries.push(['error', ...given]),
  };
  return { logger, entries };
}

function newMetrics() {
  const added: unknown[][] = [];
  return { metrics: { singleMetric: () => ({ addMetric: (...metric: unknown[]) => added.push(metric) }) }, added };
}

beforeEach(() => {
  for (const method of ['info', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

function tell(observer: (event: IdempotencyEvent) => unknown, events: readonly IdempotencyEvent[]): void {
  for (const event of events) observer(event);
}

function printed(): unknown[] {
  const { info, warn, error } = vi.mocked(console);
  expect(info).not.toHaveBeenCalled();
  expect(warn).not.toHaveBeenCalled();
  return error.mock.calls.map(([line, ...others]) => {
    expect(others).toEqual([]);
    return JSON.parse(line);
  });
}

describe('without options', () => {
  it('errors go to the console, one JSON line each', () => {
    tell(observerOf({}), all);
    expect(printed()).toEqual([{ message: 'idempotency', level: 'error', kind: 'not_released', id: 'an-id', attempt: 1, reason: 'why' }]);
  });
});

describe('a logger', () => {
  it.each(eventKinds)('gets every event of a request that brings about "%s", by the method of its level', async kind => {
    const { logger, entries } = newLogger();
    const events = await bringAbout(kind, { logger });
    expect(entries).toMatchObject(events.map(({ level, kind, id }) => [level, { message: 'idempotency', kind, id }]));
    expect(entries.every(entry => entry.length === 2)).toBe(true);
  });

  it('gets what is known of the event, and its level by the method alone', () => {
    const { logger, entries } = newLogger();
    tell(observerOf({ logger }), all);
    expect(entries).toEqual([
      ['info', { message: 'idempotency', kind: 'waited', id: 'an-id', waitedMs: 120 }],
      ['warn', { message: 'idempotency', kind: 'taken_over', id: 'an-id', attempt: 2 }],
      ['error', { message: 'idempotency', kind: 'not_released', id: 'an-id', attempt: 1, reason: 'why' }],
    ]);
  });

  it('is called as a method', () => {
    class Logger {
      readonly #seen: unknown[] = [];
      info(entry: unknown) {
        this.#seen.push(entry);
      }
      warn = this.info;
      error = this.info;
      get seen() {
        return this.#seen.length;
      }
    }
    const logger = new Logger();
    tell(observerOf({ logger }), all);
    expect(logger.seen).toBe(3);
  });

  it('may be one that asks for an index signature, as that of Powertools does, or for anything, as pino does', () => {
    type Attributes = { [key: string]: unknown };
    type Powertools = Record<
      'info' | 'warn' | 'error',
      (input: string | (Attributes & { message: string; level?: never }), ...more: Attributes[]) => void
    >;
    type Pino = Record<'info' | 'warn' | 'error', <T extends object>(entry: T, message?: string) => void>;
    const { logger } = newLogger();
    // Assignable is all that they need be: this is what the compiler checks.
    const fitting: readonly IdempotencyLogger[] = [logger as unknown as Powertools, logger as unknown as Pino, console];
    expect(fitting).toHaveLength(3);
  });
});

describe('what failed', () => {
  const gone = new IdempotencyStoreError('store_failed', 'claim', false, 'the table is gone');
  const failures: readonly [told: string, failure: unknown, inTheEntry: object][] = [
    ['the message of an error of the store', gone, { error: 'the table is gone' }],
    ['the name of any other error', new RangeError('card 4242'), { error: 'RangeError' }],
    ['nothing of what is no error', 'card 4242', {}],
  ];
  it.each(failures)('is told as %s', (_told, failure, inTheEntry) => {
    const { logger, entries } = newLogger();
    const event = { ...error, error: failure };
    observerOf({ logger })(event);
    observerOf({})(event);
    const entry = { message: 'idempotency', kind: 'not_released', id: 'an-id', attempt: 1, reason: 'why', ...inTheEntry };
    expect(entries).toEqual([['error', entry]]);
    expect(printed()).toEqual([{ level: 'error', ...entry }]);
  });
});

describe('together', () => {
  it('onEvent, a logger and metrics each get every event, and the console none', () => {
    const { logger, entries } = newLogger();
    const { metrics, added } = newMetrics();
    const onEvent = vi.fn();
    tell(observerOf({ onEvent, logger, metrics }), all);
    expect(onEvent.mock.calls).toEqual(all.map(event => [event]));
    expect(entries).toHaveLength(3);
    expect(added).toEqual([
      ['IdempotencyWaitTime', 'Milliseconds', 120],
      ['IdempotencyTakenOver', 'Count', 1],
      ['IdempotencyNotReleased', 'Count', 1],
    ]);
    expect(printed()).toEqual([]);
  });

  it.each(['onEvent', 'logger'] as const)('%s alone takes the place of the console', option => {
    tell(observerOf({ [option]: { onEvent: () => {}, logger: newLogger().logger }[option] }), all);
    expect(printed()).toEqual([]);
  });

  it('metrics alone do not', () => {
    tell(observerOf({ metrics: newMetrics().metrics }), all);
    expect(printed()).toHaveLength(1);
  });

  it('none of them hears less because another throws or rejects', async () => {
    const throws = () => {
      throw new Error('observer');
    };
    const { metrics, added } = newMetrics();
    const { logger, entries } = newLogger();
    expect(() => tell(observerOf({ onEvent: throws, logger, metrics }), all)).not.toThrow();
    expect([entries.length, added.length]).toEqual([3, 3]);
    const onEvent = vi.fn();
    const rejects = () => Promise.reject(new Error('observer'));
    expect(() => tell(observerOf({ onEvent, logger: { info: rejects, warn: throws, error: rejects }, metrics }), all)).not.toThrow();
    expect([onEvent.mock.calls.length, added.length]).toEqual([3, 6]);
  });
});
