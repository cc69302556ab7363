/** Handler result → what is stored → what is replayed. Pure, and the only place that knows what counts as an answer. */
import type { StoredResponse } from '../protocol/record.ts';
import type { Dialect } from './request.ts';

export type Result =
  /** A 2xx that can be kept. */
  | { readonly kind: 'success'; readonly response: StoredResponse }
  /** The operation succeeded, but its answer can't be kept; `reason` is for the operator. */
  | { readonly kind: 'unstorable'; readonly reason: string }
  /** Another status, or no answer at all: the client sees a failure. */
  | { readonly kind: 'failure' };

/**
 * Classifies what a handler returned. The stored response shares nothing with `result`: what later middlewares do to the one
 * doesn't reach the other.
 */
export function classifyResult(result: unknown, dialect: Dialect): Result {
  try {
    return classify(result, dialect);
  } catch {
    // A getter, or a proxy: the handler's work is done, whatever is the matter with its answer.
    return { kind: 'unstorable', reason: 'the response can not be read' };
  }
}

function classify(result: unknown, dialect: Dialect): Result {
  if (isStream(result)) return { kind: 'unstorable', reason: 'the response is a stream' };
  if (dialect === 'http-api' && !hasStatusCode(result)) return classifyBareResult(result);
  if (!isObject(result)) return { kind: 'failure' };
  const statusCode = readStatusCode(result.statusCode);
  if (statusCode === undefined || statusCode < 200 || statusCode > 299) return { kind: 'failure' };
  const { body } = result;
  if (isStream(body)) return { kind: 'unstorable', reason: 'the response body is a stream' };
  if (body !== undefined && body !== null && typeof body !== 'string') {
    return { kind: 'unstorable', reason: 'the response body is not a string' };
  }
  const head = jsonCopy({
    statusDescription: result.statusDescription,
    headers: replayableFields(result.headers),
    multiValueHeaders: replayableFields(result.multiValueHeaders),
  });
  if (head === undefined) return { kind: 'unstorable', reason: 'the response headers are not plain data' };
  return {
    kind: 'success',
    response: {
      statusCode,
      ...head,
      ...(typeof body === 'string' ? { body } : {}),
      ...(result.isBase64Encoded === true ? { isBase64Encoded: true } : {}),
    },
  };
}

/** The name of the marker on a replayed response. */
export const replayMarker = 'Idempotent-Replayed';

/** The response a repeat gets: the stored one, marked. */
export function replayOf(response: StoredResponse, multiValueHeaders: boolean): StoredResponse {
  return multiValueHeaders
    ? { ...response, multiValueHeaders: { ...response.multiValueHeaders, [replayMarker]: ['true'] } }
    : { ...response, headers: { ...response.headers, [replayMarker]: 'true' } };
}

/**
 * Payload 2.0 takes any JSON without a `statusCode` for the body of a 200, and a string for the body as it is. An Error that was
 * returned, a Map, a Response: for those, too, API Gateway answers 200, so that the key is not freed; but nobody meant their JSON,
 * and it is not replayed. Nor is that of an instance with a `toJSON`, which is code, and may say something else to the runtime.
 */
function classifyBareResult(result: unknown): Result {
  if (isObject(result) && !isPlain(result)) return { kind: 'unstorable', reason: 'the response is not plain data' };
  const body = typeof result === 'string' ? result : jsonText(result ?? null);
  if (body === undefined) return { kind: 'failure' };
  return { kind: 'success', response: { statusCode: 200, headers: { 'content-type': 'application/json' }, body } };
}

/** A list, or an object without a class; also one of another realm, whose `Object` is not ours. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function hasStatusCode(result: unknown): boolean {
  return isObject(result) && result.statusCode !== undefined;
}

/** API Gateway reads `"201"` as 201. */
function readStatusCode(value: unknown): number | undefined {
  const code = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  // Stryker disable next-line ConditionalExpression: true for the first condition is equivalent, since only numbers are integers.
  return typeof code === 'number' && Number.isInteger(code) ? code : undefined;
}

/**
 * Not replayed: cookies, which are for the client that got them first; the fields that describe one connection
 * (RFC 9110, section 7.6.1), whether by their own name or because `Connection` lists them; and a marker of an earlier replay.
 */
function replayableFields(fields: unknown): Record<string, unknown> | undefined {
  if (!isObject(fields)) return undefined;
  const entries = Object.entries(fields);
  const dropped = new Set(neverReplayed);
  for (const [name, value] of entries) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const line of [value].flat()) {
      if (typeof line === 'string') for (const option of line.split(',')) dropped.add(option.trim().toLowerCase());
    }
  }
  return Object.fromEntries(entries.filter(([name]) => !dropped.has(name.toLowerCase())));
}

const neverReplayed: readonly string[] = [
  'set-cookie',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  replayMarker.toLowerCase(),
];

function isStream(value: unknown): boolean {
  return isObject(value) && (typeof value.pipe === 'function' || typeof value.getReader === 'function' || Symbol.asyncIterator in value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What JSON makes of the value, which is what the Lambda runtime would have sent; undefined when it makes nothing of it. */
function jsonCopy<T>(value: T): T | undefined {
  const text = jsonText(value);
  return text === undefined ? undefined : JSON.parse(text);
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // A cycle, a bigint, a toJSON that throws: JSON makes nothing of it.
  }
  return undefined;
}
