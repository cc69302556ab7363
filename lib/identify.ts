/** Event → which record, and what the key stands for. Everything that is read here is read before the handler can change it. */
import { IdempotencyConfigurationError } from './errors.ts';
import { keyInvalid, keyRequired, type Problem } from './http/problems.ts';
import { bodyBytes, callerOf, type HttpRequest, headerValues, readRequest, unnamedIdentity } from './http/request.ts';
import type { Settings } from './options.ts';
import { customFingerprint, recordId, requestFingerprint } from './protocol/fingerprint.ts';
import { parseIdempotencyKey } from './protocol/idempotency-key.ts';

/** The request as it arrived, before other middlewares parse its body or rename its headers. */
export interface ReceivedRequest {
  readonly http: HttpRequest;
  /** The method is one that is protected. */
  readonly isMutation: boolean;
  readonly keyValues: readonly unknown[];
  readonly caller: readonly string[];
  /** Whom the event names in no way that is known here, in words. */
  readonly unnamedIdentity: string | undefined;
}

export interface IdentifiedRequest {
  readonly key: string;
  /** Who is calling, as tagged parts. */
  readonly scope: readonly string[];
  readonly id: string;
  readonly fingerprint: string;
}

export type Identified =
  | { readonly kind: 'keyed'; readonly request: IdentifiedRequest }
  | { readonly kind: 'unkeyed' }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** @throws IdempotencyConfigurationError `unsupported_event` when the event is no HTTP request: it can't be protected. */
export function receive(event: unknown, settings: Settings): ReceivedRequest {
  const http = readRequest(event);
  if (http === undefined) {
    const message = 'this event is not an HTTP request from API Gateway (REST or HTTP API), a function URL or ALB';
    throw new IdempotencyConfigurationError('unsupported_event', message);
  }
  if (!settings.methods.has(http.method)) return { http, isMutation: false, keyValues: [], caller: [], unnamedIdentity: undefined };
  return {
    http,
    isMutation: true,
    keyValues: settings.key === undefined ? headerValues(event, settings.headerName) : [],
    caller: settings.scope === undefined ? callerOf(event) : [],
    unnamedIdentity: unnamedIdentity(event),
  };
}

/** @throws IdempotencyConfigurationError `no_scope` or `invalid_option`; and whatever the user's own functions throw. */
export function identify(received: ReceivedRequest, event: unknown, context: unknown, settings: Settings): Identified {
  if (!received.isMutation) return { kind: 'unkeyed' };
  const keyValues = settings.key === undefined ? received.keyValues : [settings.key(event)].filter(key => key !== undefined);
  if (keyValues.length === 0) return settings.required ? { kind: 'refused', problem: keyRequired } : { kind: 'unkeyed' };
  const parsed = parseIdempotencyKey(keyValues);
  if (!parsed.ok) return { kind: 'refused', problem: keyInvalid(parsed.reason) };
  refuseDurableExecution(context);
  const scope = scopeOf(received, event, context, settings);
  const request = { key: parsed.key, scope, id: recordId(scope, parsed.key), fingerprint: fingerprintOf(received, event, settings) };
  return { kind: 'keyed', request };
}

function scopeOf(received: ReceivedRequest, event: unknown, context: unknown, settings: Settings): readonly string[] {
  if (settings.scope !== undefined) {
    const scope = settings.scope(event, context);
    if (typeof scope === 'string' && scope !== '') return ['scope', scope];
    throw new IdempotencyConfigurationError(
      'no_scope',
      'the option "scope" must return a string that names the caller, and not an empty one',
    );
  }
  if (received.unnamedIdentity !== undefined) {
    const message = `the event has ${received.unnamedIdentity}, which does not tell its user from others: set the option "scope"`;
    throw new IdempotencyConfigurationError('no_scope', message);
  }
  if (received.caller.length > 0) return received.caller;
  const message =
    'the event names no caller (no API key, no authorizer), and keys are never shared between callers: set the option "scope"';
  throw new IdempotencyConfigurationError('no_scope', message);
}

function fingerprintOf({ http }: ReceivedRequest, event: unknown, { fingerprint }: Settings): string {
  if (fingerprint === 'request') return requestFingerprint(http.method, http.path);
  if (fingerprint === 'payload') return requestFingerprint(http.method, http.path, bodyBytes(http));
  const value = fingerprint(event);
  if (typeof value === 'string') return customFingerprint(value);
  throw new IdempotencyConfigurationError('invalid_option', 'the option "fingerprint" must return a string');
}

/** A durable execution replays its own steps: a claim made here would meet itself. */
function refuseDurableExecution(context: unknown): void {
  if (typeof context !== 'object' || context === null || !('lambdaContext' in context) || !('executionContext' in context)) return;
  throw new IdempotencyConfigurationError(
    'unsupported_context',
    'durable executions are not supported: they keep their own record of what ran',
  );
}
