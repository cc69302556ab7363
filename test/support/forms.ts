/**
 * One handler in each of the three forms the protection comes in, and requests to call it with: tests of the contract run
 * over all of them.
 */
import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import {
  type IdempotencyEvent,
  type IdempotencyOptions,
  type IdempotentContext,
  idempotency,
  idempotencyTableDefinition,
  idempotent,
} from '../../lib/index.ts';
import { createTable, newClient } from './dynamodb.ts';

export type Handler = (event: never, context: IdempotentContext) => unknown;
export type Lambda = (event: unknown, context?: Partial<Context>) => Promise<LambdaResponse>;

export interface LambdaResponse {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded?: boolean;
}

export const formNames = ['middleware', 'around', 'wrapper'] as const;
export type FormName = (typeof formNames)[number];

/** A middleware that leaves a trace on every response that its hooks see. */
const tracing = () => {
  const trace = (request: { response: unknown }) => {
    const response = request.response as { headers?: Record<string, string> } | undefined;
    if (response?.headers !== undefined) response.headers['x-trace'] = 'seen';
  };
  return { after: trace, onError: trace };
};

export function inForm(form: FormName, handler: Handler, options: IdempotencyOptions): Lambda {
  const lambda: unknown = {
    middleware: () => middy(handler as never).use(idempotency(options)),
    around: () => middy(handler as never).use(idempotency(options).around([tracing()])),
    wrapper: () => idempotent(handler as never, options),
  }[form]();
  // The forms differ in their types for events and results; a test is free to send and expect anything.
  return (event, context = {}) => (lambda as Lambda)(event, { ...context });
}

/** A handler in a form, with a table of its own and a record of what was reported. */
export async function deploy(form: FormName, handler: Handler, options: IdempotencyOptions = {}) {
  const tableName = options.tableName ?? (await createTable(idempotencyTableDefinition));
  const events: IdempotencyEvent[] = [];
  const settings: IdempotencyOptions = { client: newClient(), waitMs: 0, onEvent: event => events.push(event), ...options, tableName };
  const lambda = inForm(form, handler, settings);
  return { lambda, tableName, events, kinds: () => events.map(({ kind }) => kind), settings };
}

/** Counts its runs and answers with the count, so that no two runs answer alike. */
export function counting(
  respond: (run: number) => unknown = run => ({ statusCode: 201, headers: { 'content-type': 'application/json' }, body: `{"run":${run}}` }),
) {
  const handler = Object.assign(
    async () => {
      handler.runs++;
      return respond(handler.runs);
    },
    { runs: 0 },
  );
  return handler;
}

export const dialects = ['rest', 'http-api'] as const;
export type DialectName = (typeof dialects)[number] | 'alb' | 'alb-multi-value';

export interface RequestFacts {
  readonly dialect?: DialectName;
  readonly method?: string;
  readonly path?: string;
  /** null: no key. A list: one header line for each. */
  readonly key?: string | null | readonly string[];
  readonly apiKey?: string | null;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  /** @default JSON */
  readonly contentType?: string;
  readonly authorizer?: unknown;
}

export function newKey(): string {
  return randomUUID();
}

/** An event that has what the protection reads, in the places where each kind of API puts it. */
export function requestOf(facts: RequestFacts): Record<string, unknown> {
  const {
    dialect = 'rest',
    method = 'POST',
    path = '/contacts',
    key = null,
    apiKey = 'caller-a',
    body = '{"name":"ACME"}',
    isBase64Encoded = false,
    contentType = 'application/json',
    authorizer,
  } = facts;
  const lines = Object.entries({
    'Content-Type': [contentType],
    'Idempotency-Key': [key ?? []].flat(),
    'x-api-key': [apiKey ?? []].flat(),
  })
    .filter(([, values]) => values.length > 0)
    .map(([name, values]): [string, readonly string[]] => [dialect === 'rest' ? name : name.toLowerCase(), values]);
  const multiValueHeaders = Object.fromEntries(lines);
  const headers = Object.fromEntries(lines.map(([name, values]) => [name, values.at(-1)]));
  if (dialect === 'http-api') {
    const joined = Object.fromEntries(lines.map(([name, values]) => [name, values.join(',')]));
    return {
      version: '2.0',
      rawPath: path,
      rawQueryString: '',
      headers: joined,
      requestContext: { http: { method, path }, authorizer },
      body,
      isBase64Encoded,
    };
  }
  const isAlb = dialect !== 'rest';
  const fields = dialect === 'alb-multi-value' ? { multiValueHeaders } : dialect === 'alb' ? { headers } : { headers, multiValueHeaders };
  const requestContext = isAlb
    ? { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:x' } }
    : { identity: { apiKeyId: apiKey ?? undefined }, authorizer };
  return { httpMethod: method, path, ...fields, requestContext, body, isBase64Encoded };
}
