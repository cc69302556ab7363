/** The client's options: documented, defaulted, checked once. */
import { IdempotentFetchConfigurationError } from './errors.ts';
import { type KeyStorage, memoryStorage } from './key-storage.ts';

/** Options of `createIdempotentFetch`; each of them may be left out. */
export interface IdempotentFetchOptions {
  /**
   * Where the keys of named operations are kept until they settle: `localStorage` for all tabs and after a restart,
   * `sessionStorage` for one tab and its reloads, or anything else with the same three methods.
   *
   * @default - memory: a second call finds the key, a reloaded page does not
   */
  readonly storage?: KeyStorage;

  /**
   * How long a call may take, all attempts and pauses included, in milliseconds. The default is twice what API Gateway lets
   * a request take, so that a crashed first attempt's lease ends before it.
   *
   * @default 60000
   */
  readonly deadlineMs?: number;

  /**
   * How long one attempt may take before it counts as lost, in milliseconds. The default is just more than the 29 s after which
   * API Gateway has answered.
   *
   * @default 30000
   */
  readonly attemptTimeoutMs?: number;

  /**
   * How long the API replays an answer, in seconds: its own `expiresInSeconds`. An unsettled operation that is older is not sent.
   *
   * @default 86400
   */
  readonly expiresInSeconds?: number;

  /**
   * Name of the header field that carries the key: the API's own `headerName`.
   *
   * @default 'Idempotency-Key'
   */
  readonly headerName?: string;

  /**
   * Sends one attempt.
   *
   * @default - the `fetch` of the page or of Node.js
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** The options after checks and defaults. */
export interface ClientSettings {
  readonly storage: KeyStorage;
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number;
  readonly retentionMs: number;
  readonly headerName: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** @throws IdempotentFetchConfigurationError `invalid_option` */
export function readClientOptions(options: IdempotentFetchOptions): ClientSettings {
  if (typeof options !== 'object' || options === null) throw invalid('the options', options, 'an object');
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(checks, name) ? checks[name as keyof IdempotentFetchOptions] : undefined;
    if (expected === undefined) throw unknownOption(name);
    if (value !== undefined && !expected.holds(value)) throw invalid(`option "${name}"`, value, expected.text);
  }
  return {
    storage: options.storage ?? memoryStorage(),
    deadlineMs: options.deadlineMs ?? 60_000,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 30_000,
    retentionMs: (options.expiresInSeconds ?? 86_400) * 1000,
    headerName: options.headerName ?? 'Idempotency-Key',
    // Looked up on every call, since tests and monitoring replace it; and called as a method of nothing, as browsers insist.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
  };
}

interface Check {
  readonly holds: (value: unknown) => boolean;
  readonly text: string;
}

const milliseconds: Check = { holds: isIntegerFrom(1, 86_400_000), text: 'whole milliseconds, from 1 to a day' };

const checks: Readonly<Record<keyof IdempotentFetchOptions, Check>> = {
  storage: { holds: isKeyStorage, text: 'an object with the methods getItem, setItem and removeItem' },
  deadlineMs: milliseconds,
  attemptTimeoutMs: milliseconds,
  expiresInSeconds: { holds: isIntegerFrom(1, 10 * 366 * 86_400), text: 'whole seconds, from 1 to ten years' },
  headerName: {
    // RFC 9110, section 5.6.2.
    holds: value => typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value),
    text: 'the name of a header field',
  },
  fetch: { holds: value => typeof value === 'function', text: 'a function' },
};

function isKeyStorage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['getItem', 'setItem', 'removeItem'].every(name => typeof (value as Record<string, unknown>)[name] === 'function');
}

function isIntegerFrom(least: number, most: number): (value: unknown) => boolean {
  return value => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function unknownOption(name: string): IdempotentFetchConfigurationError {
  const known = Object.keys(checks).join(', ');
  return new IdempotentFetchConfigurationError('invalid_option', `unknown option "${name}"; the options are ${known}`);
}

function invalid(what: string, value: unknown, expected: string): IdempotentFetchConfigurationError {
  const got = ['string', 'number', 'boolean'].includes(typeof value) ? JSON.stringify(value) : value === null ? 'null' : typeof value;
  return new IdempotentFetchConfigurationError('invalid_option', `${what} must be ${expected}, got ${got}`);
}
