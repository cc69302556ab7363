/** The options: documented, and defaulted. Nothing is configured per request. */
import { IdempotencyConfigurationError } from './errors.ts';
import type { IdempotencyLogger } from './event-logger.ts';
import type { IdempotencyEvent, Observer } from './events.ts';
import type { MetricsEmitter } from './metrics.ts';
import { observerOf } from './observers.ts';
import { checkedOptions } from './option-checks.ts';
import type { AfterCrash } from './protocol/decide.ts';
import type { StoredResponse } from './protocol/record.ts';
import { type DynamoDbSender, DynamoDbStore } from './store/dynamodb-store.ts';
import { leanClient } from './store/lean-client.ts';
import type { IdempotencyStore } from './store/store.ts';
import { tableNameVariable } from './store/table-schema.ts';

/** Options of `idempotency()` and `idempotent()`; each of them may be left out. */
export interface IdempotencyOptions {
  /**
   * Name of the idempotency table.
   *
   * @default - the environment variable `IDEMPOTENCY_TABLE_NAME`, which `IdempotencyTable.connect` sets
   */
  readonly tableName?: string;

  /**
   * The client that reaches the table: a `DynamoDBClient` or a `DynamoDBDocumentClient`. One of your own takes a third more CPU time
   * for a request than the default (docs/performance.md).
   *
   * @default - a client that gives up a connection after 1 s and an answer after 2 s, tries three times, and does less around each
   * call than the SDK's; Region, endpoint and credentials are what the SDK finds in the environment
   */
  readonly client?: DynamoDbSender;

  /**
   * Name of the header field that carries the key, in any case. None that carries credentials.
   *
   * @default 'Idempotency-Key'
   */
  readonly headerName?: string;

  /**
   * Refuse a mutation that has no key, with 400 `idempotency_key_required`.
   *
   * @default false
   */
  readonly required?: boolean;

  /**
   * The methods that are protected. A key on any other method is ignored.
   *
   * @default ['POST', 'PUT', 'PATCH', 'DELETE']
   */
  readonly methods?: readonly string[];

  /**
   * Takes the key from somewhere else than a header field. Undefined means "no key"; anything else is checked as the header is.
   *
   * @default - the header field `headerName`
   */
  // biome-ignore lint/suspicious/noExplicitAny: the event's type is the handler's own; any event type must be accepted here
  readonly key?: (event: any) => string | undefined;

  /**
   * Names the caller, within whom a key is unique. Must be something the client can't choose. Called after the middlewares
   * given to `around`, so that it can use what an authorizing middleware left on the event or the context.
   *
   * @default - the API key and the verified identity in the event, all that there are: the subject of a token, a REST API's
   * `principalId`, IAM's identity, the subject of a client certificate. Needed with a Lambda authorizer of an HTTP API, and behind
   * a load balancer without an API key
   */
  // biome-ignore lint/suspicious/noExplicitAny: as for `key`
  readonly scope?: (event: any, context: any) => string;

  /**
   * What a key stands for; the same key with another fingerprint is a conflict (422). `'request'`: method and path.
   * `'payload'`: method, path and the body's bytes; not for multipart uploads, for which clients draw another boundary with each
   * try. A function decides alone.
   *
   * @default 'request'
   */
  // biome-ignore lint/suspicious/noExplicitAny: as for `key`
  readonly fingerprint?: 'request' | 'payload' | ((event: any) => string);

  /**
   * How long a response is replayed, in seconds, counted from the claim that produced it.
   *
   * @default 86400
   */
  readonly expiresInSeconds?: number;

  /**
   * Asked about a 2xx response; false means that it is not stored and the key is free again. Other responses never are stored.
   * Answers at once, with true or false: a promise, or a function that throws, is reported, and the key held.
   *
   * @default - every 2xx is stored
   */
  readonly shouldStore?: (response: StoredResponse) => boolean;

  /**
   * How long a repeat waits for the first attempt, in milliseconds, before it is answered 409 `idempotency_in_progress`. It
   * never waits into the last 500 ms of its own invocation. 0: not at all.
   *
   * @default 3000
   */
  readonly waitMs?: number;

  /**
   * What a repeat gets when the first attempt's lease ended without an outcome (the function crashed, or timed out): `'rerun'`
   * runs the handler again, `'reject'` answers 409 `idempotency_outcome_unknown`.
   *
   * @default 'rerun'
   */
  readonly afterCrash?: AfterCrash;

  /**
   * What happens when the table can't answer before the handler ran: `'reject'` answers 503 `idempotency_unavailable`, `'bypass'`
   * runs the handler unprotected.
   *
   * @default 'reject'
   */
  readonly whenStoreFails?: 'reject' | 'bypass';

  /**
   * URL of the page that explains your policy. It becomes the `type` of the problem documents, with the problem's own name as
   * its fragment.
   *
   * @default - `type` is `about:blank`
   */
  readonly problemType?: string;

  /**
   * Told what happened to each request. What it throws, returns or never finishes changes nothing. `onEvent`, `logger` and `metrics`
   * go together: each gets every event, whatever the others make of it.
   *
   * @default - without `logger` too, events of level `error` go to `console.error`, one JSON line each
   */
  readonly onEvent?: (event: IdempotencyEvent) => unknown;

  /**
   * Gets each event as one structured entry, by the method of the event's level: `info`, `warn` or `error`. A Logger of
   * `@aws-lambda-powertools/logger`, pino, winston and `console` are such loggers.
   *
   * @default - as for `onEvent`
   */
  readonly logger?: IdempotencyLogger;

  /**
   * A `Metrics` of `@aws-lambda-powertools/metrics`: counts events, and times waits, as CloudWatch metrics in its namespace and with
   * its default dimensions, no others. Each metric is emitted at once; nothing has to be published when the invocation ends. Their
   * names are in docs/operations.md, and `IdempotencyMonitoring` reads them.
   *
   * @default - no metrics
   */
  readonly metrics?: MetricsEmitter;
}

/** The options after checks and defaults. */
export interface Settings {
  readonly store: IdempotencyStore;
  readonly headerName: string;
  readonly required: boolean;
  readonly methods: ReadonlySet<string>;
  readonly key: ((event: unknown) => unknown) | undefined;
  readonly scope: ((event: unknown, context: unknown) => unknown) | undefined;
  readonly fingerprint: 'request' | 'payload' | ((event: unknown) => unknown);
  readonly retentionMs: number;
  readonly shouldStore: (response: StoredResponse) => boolean;
  readonly waitMs: number;
  readonly afterCrash: AfterCrash;
  readonly whenStoreFails: 'reject' | 'bypass';
  readonly problemType: string | undefined;
  readonly onEvent: Observer;
}

/** @throws IdempotencyConfigurationError `invalid_option` or `missing_table_name` */
export function readOptions(given: IdempotencyOptions): Settings {
  const options = checkedOptions(given);
  const tableName = options.tableName ?? process.env[tableNameVariable];
  if (tableName === undefined || tableName === '') {
    const message = `no idempotency table: set the environment variable ${tableNameVariable}, or the option "tableName"`;
    throw new IdempotencyConfigurationError('missing_table_name', message);
  }
  return { ...rulesOf(options), store: new DynamoDbStore(options.client ?? leanClient(), tableName) };
}

/** What holds for requests, wherever their records are kept. */
export type Rules = Omit<Settings, 'store'>;

/**
 * For who describes the rules, and needs no table.
 *
 * @throws IdempotencyConfigurationError `invalid_option`
 */
export function readRules(given: IdempotencyOptions): Rules {
  return rulesOf(checkedOptions(given));
}

function rulesOf(options: IdempotencyOptions): Rules {
  return {
    headerName: options.headerName ?? 'Idempotency-Key',
    required: options.required ?? false,
    methods: new Set((options.methods ?? ['POST', 'PUT', 'PATCH', 'DELETE']).map(method => method.toUpperCase())),
    key: options.key,
    scope: options.scope,
    fingerprint: options.fingerprint ?? 'request',
    retentionMs: (options.expiresInSeconds ?? 86_400) * 1000,
    shouldStore: options.shouldStore ?? storeEvery,
    waitMs: options.waitMs ?? 3000,
    afterCrash: options.afterCrash ?? 'rerun',
    whenStoreFails: options.whenStoreFails ?? 'reject',
    problemType: options.problemType,
    onEvent: observerOf(options),
  };
}

/** The default of `shouldStore`. */
export const storeEvery = () => true;
