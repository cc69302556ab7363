/** The same protection for a plain handler, without Middy. */
import { type Answer, type IdempotentResponse, responseTo } from './answer.ts';
import { Engine } from './engine.ts';
import { system } from './environment.ts';
import { IdempotencyConfigurationError } from './errors.ts';
import type { IdempotentContext, LambdaContext } from './lambda-context.ts';
import { type IdempotencyOptions, readOptions } from './options.ts';

/** A handler that returns its response, or a promise of it: it may declare Lambda's callback, but not call it. */
export type PlainHandler<TEvent, TReturn> = (event: TEvent, context: IdempotentContext, callback: never) => TReturn;

/** The same, protected: fit for a variable of the handler types of `@types/aws-lambda`. */
export type IdempotentHandler<TEvent, TReturn> = (event: TEvent, context: LambdaContext) => Promise<Returned<TReturn> | IdempotentResponse>;

/** `void` is the return type of a handler with a callback. */
type Returned<TReturn> = Awaited<Exclude<TReturn, void>>;

/**
 * Wraps a handler, so that its mutations are safe to retry: see `idempotency`.
 *
 * @throws IdempotencyConfigurationError `invalid_option`, also for a handler that takes a callback, or `missing_table_name`
 *
 * @example
 * export const handler = idempotent(createContact);
 */
export function idempotent<TEvent, TReturn>(
  handler: PlainHandler<TEvent, TReturn>,
  options: IdempotencyOptions = {},
): IdempotentHandler<TEvent, TReturn> {
  if (typeof handler !== 'function') throw new TypeError('idempotent() takes a handler, and options after it');
  if (handler.length > 2) {
    const message = 'the handler takes a callback, which nobody would call: it must return its response, or a promise of it';
    throw new IdempotencyConfigurationError('invalid_option', message);
  }
  return wrapWith(new Engine(readOptions(options), system), handler);
}

export function wrapWith<TEvent, TReturn>(engine: Engine, handler: PlainHandler<TEvent, TReturn>): IdempotentHandler<TEvent, TReturn> {
  // Two parameters, no more: the Node.js 24 runtime of Lambda refuses a handler that could take a callback.
  return async function idempotentHandler(event, context): Promise<Returned<TReturn> | IdempotentResponse> {
    const received = engine.receive(event);
    const begun = await engine.begin(received, event, context);
    const respond = (answer: Answer) => responseTo(answer, received.http, engine.settings);
    if (begun.kind !== 'run') return respond(begun);
    const { attempt } = begun;
    let result: Returned<TReturn>;
    try {
      result = (await handler(event, Object.assign(context ?? {}, { idempotency: attempt.context }), noCallback)) as Returned<TReturn>;
    } catch (error) {
      const instead = await attempt.fail(error);
      if (instead === undefined) throw error;
      return respond(instead);
    }
    const instead = await attempt.finish(attempt.assess(result));
    return instead === undefined ? result : respond(instead);
  };
}

/** What the type of a handler's callback promises: that nobody ever passes one. */
const noCallback = undefined as never;
