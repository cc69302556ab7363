/** The clients, each behind the same few calls, with what differs between them as data. */
import ModernTreasury from 'modern-treasury';
import Stripe from 'stripe';
import { ApiException, Svix } from 'svix';

export interface Settings {
  /** @default the client's own */
  readonly timeoutMs?: number;
  /** @default 2, which is the clients' own */
  readonly retries?: number;
}

export interface Connection {
  /** Makes something, under a key of the client's own if none is given. */
  create(name: string, key?: string): Promise<{ readonly id: string; readonly name: string }>;
  /** Makes something else, at another path. */
  createElsewhere(name: string, key: string): Promise<unknown>;
}

type ErrorClass = abstract new (...args: never[]) => Error;

export interface Sdk {
  readonly name: string;
  connect(url: string, settings?: Settings): Connection;
  /** The form of the keys that it makes by itself. */
  readonly ownKey: RegExp;
  /** The error that stands for a status. */
  readonly errors: Readonly<Record<400 | 409 | 422 | 503, ErrorClass>>;
  /** The problem in such an error. */
  problemIn(error: Error): { readonly status: number; readonly type: string; readonly message: string };
  readonly retriesA409: boolean;
  readonly retriesA429: boolean;
  readonly honoursRetryAfter: boolean;
  /** What tells it that an answer is an error. */
  readonly knowsErrorsBy: 'status' | 'error member';
  /** Its timeout is for one attempt; else it is for all of them together. */
  readonly timesOutEachAttempt: boolean;
  readonly timeoutError: ErrorClass;
  /** For an answer that breaks off in its body. None of them tries again. */
  readonly cutBodyError: ErrorClass;
}

export const sdks: readonly Sdk[] = [
  stripe('stripe v1', connection => ({
    create: (name, idempotencyKey) => connection.customers.create({ name }, keyed(idempotencyKey)) as Promise<{ id: string; name: string }>,
    createElsewhere: (name, idempotencyKey) => connection.products.create({ name }, { idempotencyKey }),
  })),
  stripe('stripe v2', connection => ({
    create: (name, idempotencyKey) => connection.rawRequest('POST', '/v2/customers', { name }, keyed(idempotencyKey)),
    createElsewhere: (name, idempotencyKey) => connection.rawRequest('POST', '/v2/products', { name }, { idempotencyKey }),
  })),
  {
    name: 'modern-treasury',
    connect: (url, settings) => {
      const client = modernTreasury(url, settings);
      return {
        create: (name, idempotencyKey) => client.ledgers.create({ name }, keyed(idempotencyKey)),
        createElsewhere: (name, idempotencyKey) => client.counterparties.create({ name }, { idempotencyKey }),
      };
    },
    ownKey: /^stainless-node-retry-[\da-f-]{36}$/,
    errors: {
      400: ModernTreasury.BadRequestError,
      409: ModernTreasury.ConflictError,
      422: ModernTreasury.UnprocessableEntityError,
      503: ModernTreasury.InternalServerError,
    },
    // Cast: `error` is the answer's body, which is a problem document here.
    problemIn: error => {
      const { status, error: document } = error as InstanceType<typeof ModernTreasury.APIError>;
      return { status: status ?? 0, ...(document as { error: Problem }).error };
    },
    retriesA409: true,
    retriesA429: true,
    honoursRetryAfter: true,
    knowsErrorsBy: 'status',
    timesOutEachAttempt: true,
    timeoutError: ModernTreasury.APIConnectionTimeoutError,
    cutBodyError: TypeError,
  },
  {
    name: 'svix',
    connect: (url, { timeoutMs, retries = 2 } = {}) => {
      const client = new Svix('test', {
        serverUrl: url,
        retryScheduleInMs: Array<number>(retries).fill(20),
        ...(timeoutMs === undefined ? {} : { requestTimeout: timeoutMs }),
      });
      return {
        create: (name, idempotencyKey) => client.application.create({ name }, keyed(idempotencyKey)),
        createElsewhere: (name, idempotencyKey) => client.eventType.create({ name, description: name }, { idempotencyKey }),
      };
    },
    ownKey: /^auto_[\da-f-]{36}$/,
    errors: { 400: ApiException, 409: ApiException, 422: ApiException, 503: ApiException },
    // Cast: only a body of a 4xx is parsed.
    problemIn: error => {
      const { code, body } = error as ApiException<unknown>;
      return { status: code, ...((typeof body === 'string' ? JSON.parse(body) : body) as { error: Problem }).error };
    },
    retriesA409: false,
    retriesA429: false,
    honoursRetryAfter: false,
    knowsErrorsBy: 'status',
    timesOutEachAttempt: false,
    timeoutError: DOMException,
    cutBodyError: TypeError,
  },
];

interface Problem {
  readonly type: string;
  readonly message: string;
}

export function modernTreasury(url: string, { timeoutMs, retries = 2 }: Settings = {}): ModernTreasury {
  return new ModernTreasury({
    apiKey: 'test',
    organizationID: 'test',
    baseURL: url,
    maxRetries: retries,
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
}

export function stripeClient(url: string, { timeoutMs, retries = 2 }: Settings = {}): Stripe {
  const { hostname, port } = new URL(url);
  const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  return new Stripe('sk_test', { host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: retries, ...timeout });
}

function stripe(name: string, calls: (client: Stripe) => Connection): Sdk {
  return {
    name,
    connect: (url, settings) => calls(stripeClient(url, settings)),
    ownKey: /^stripe-node-retry-[\da-f-]{36}$/,
    errors: {
      400: Stripe.errors.StripeInvalidRequestError,
      409: Stripe.errors.StripeAPIError,
      422: Stripe.errors.StripeAPIError,
      503: Stripe.errors.StripeAPIError,
    },
    problemIn: error => {
      const { statusCode, rawType, message } = error as InstanceType<typeof Stripe.errors.StripeError>;
      return { status: statusCode ?? 0, type: rawType ?? '', message };
    },
    retriesA409: true,
    retriesA429: false,
    honoursRetryAfter: false,
    knowsErrorsBy: 'error member',
    timesOutEachAttempt: true,
    timeoutError: Stripe.errors.StripeConnectionError,
    cutBodyError: Stripe.errors.StripeConnectionError,
  };
}

function keyed(idempotencyKey: string | undefined): { idempotencyKey?: string } {
  return idempotencyKey === undefined ? {} : { idempotencyKey };
}
