/** The Middy middleware, alone and around others. */
import { type Answer, refusedError, responseTo } from './answer.ts';
import type { Attempt } from './attempt.ts';
import { Engine } from './engine.ts';
import { system } from './environment.ts';
import { IdempotencyConfigurationError } from './errors.ts';
import type { Result } from './http/response.ts';
import type { ReceivedRequest } from './identify.ts';
import type { AnyMiddleware, Middleware, MiddyHook, MiddyRequest } from './middy-types.ts';
import { type IdempotencyOptions, readOptions, type Settings } from './options.ts';
import { wrapAfter } from './wrap-after.ts';

export interface IdempotencyMiddleware extends Middleware {
  readonly before: MiddyHook;
  readonly after: MiddyHook;
  readonly onError: MiddyHook;
  /**
   * The other middlewares of the handler, with this one around them: authorization and parsing come before the claim, and what
   * is stored and replayed is the response that their `after`s made. Give it all of them, in their usual order.
   *
   * @throws IdempotencyConfigurationError `invalid_option` when it gets anything else
   *
   * @example
   * export const handler = middy(createContact).use(idempotency().around([auth(), cors()]));
   */
  around(middlewares: AnyMiddleware | readonly AnyMiddleware[]): Middleware[];
}

/**
 * Makes a handler's mutations safe to retry: a request with an `Idempotency-Key` runs once, and a repeat gets the first
 * answer back, marked `Idempotent-Replayed: true`.
 *
 * On its own it must be the handler's only middleware, or the last; beside others, use `around`.
 *
 * @throws IdempotencyConfigurationError `invalid_option` or `missing_table_name`
 *
 * @example
 * export const handler = middy(createContact).use(idempotency());
 */
export function idempotency(options: IdempotencyOptions = {}): IdempotencyMiddleware {
  return middlewareOn(new Engine(readOptions(options), system));
}

/** What this middleware knows of one invocation. Kept beside Middy's request, where no other middleware can change it. */
interface Invocation {
  readonly received: ReceivedRequest;
  attempt?: Attempt;
  /** What the handler itself returned, before any `after`. */
  handlerResult?: Result;
  /** The answer that takes the place of the handler's, on its way through Middy's error path. */
  refusal?: Answer;
  isFinished: boolean;
}

export function middlewareOn(engine: Engine): IdempotencyMiddleware {
  const invocations = new WeakMap<object, Invocation>();

  function receive(request: MiddyRequest): Invocation {
    const invocation: Invocation = { received: engine.receive(request.event), isFinished: false };
    invocations.set(request, invocation);
    return invocation;
  }

  async function begin(request: MiddyRequest, invocation: Invocation): Promise<unknown> {
    const begun = await engine.begin(invocation.received, request.event, request.context, request);
    if (begun.kind !== 'run') return answer(invocation, begun, engine.settings);
    invocation.attempt = begun.attempt;
    Object.assign(request.context, { idempotency: begun.attempt.context });
    return undefined;
  }

  async function finish(request: MiddyRequest, invocation: Invocation, attempt: Attempt): Promise<void> {
    invocation.isFinished = true;
    const instead = await attempt.finish(attempt.assess(request.response));
    if (instead !== undefined) request.response = answer(invocation, instead, engine.settings);
  }

  async function idempotencyBefore(request: MiddyRequest): Promise<unknown> {
    return begin(request, receive(request));
  }

  async function idempotencyAfter(request: MiddyRequest): Promise<void> {
    const invocation = invocations.get(request);
    if (invocation?.attempt !== undefined) await finish(request, invocation, invocation.attempt);
  }

  async function idempotencyOnError(request: MiddyRequest): Promise<void> {
    const invocation = invocations.get(request);
    if (invocation === undefined) return;
    if (invocation.refusal !== undefined) {
      request.response = responseTo(invocation.refusal, invocation.received.http, engine.settings);
      return;
    }
    const { attempt, handlerResult, isFinished } = invocation;
    if (attempt === undefined || isFinished) return;
    invocation.isFinished = true;
    // The handler had answered, and an `after` threw: what the handler did stands, and so does its answer.
    const instead = handlerResult === undefined ? await attempt.fail(request.error) : await attempt.finish(handlerResult);
    // The error said no more than that the claim was lost: then the client gets what a repeat would.
    if (instead !== undefined && handlerResult === undefined)
      request.response = responseTo(instead, invocation.received.http, engine.settings);
  }

  function idempotencyOuterBefore(request: MiddyRequest): void {
    receive(request);
  }

  async function idempotencyGuardBefore(request: MiddyRequest): Promise<unknown> {
    return begin(request, invocations.get(request) ?? receive(request));
  }

  function idempotencyGuardAfter(request: MiddyRequest): void {
    const invocation = invocations.get(request);
    if (invocation?.attempt !== undefined) invocation.handlerResult = invocation.attempt.assess(request.response);
  }

  return {
    before: idempotencyBefore,
    after: idempotencyAfter,
    onError: idempotencyOnError,
    around: middlewares => [
      { before: idempotencyOuterBefore, after: idempotencyAfter },
      ...listOf(middlewares).map(wrapAfter),
      { before: idempotencyGuardBefore, after: idempotencyGuardAfter, onError: idempotencyOnError },
    ],
  };
}

function listOf(middlewares: unknown): readonly AnyMiddleware[] {
  const list = [middlewares].flat();
  if (list.every(isMiddleware)) return list;
  throw new IdempotencyConfigurationError('invalid_option', 'around() takes a middleware or a list of them');
}

/** What else it must have, Middy checks. */
function isMiddleware(value: unknown): value is AnyMiddleware {
  return typeof value === 'object' && value !== null;
}

/** A replay is returned; a refusal takes Middy's error path, so that other middlewares can add their headers to it. */
function answer(invocation: Invocation, given: Answer, settings: Settings): unknown {
  if (given.kind === 'replay') return responseTo(given, invocation.received.http, settings);
  invocation.refusal = given;
  throw refusedError(given);
}
