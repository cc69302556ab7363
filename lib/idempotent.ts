/** The same protection for a plain handler, without Middy. */
import type { Context } from 'aws-lambda';
import { type Answer, responseTo } from './answer.ts';
import { Engine } from './engine.ts';
import { system } from './environment.ts';
import type { ProblemResponse } from './http/problems.ts';
import type { IdempotentContext } from './idempotency.ts';
import { type IdempotencyOptions, readOptions } from './options.ts';
import type { StoredResponse } from './protocol/record.ts';

/**
 * Wraps a handler, so that its mutations are safe to retry: see `idempotency`.
 *
 * @throws IdempotencyConfigurationError `invalid_option` or `missing_table_name`
 *
 * @example
 * export const handler = idempotent(createContact);
 */
export function idempotent<TEvent, TResult>(
  handler: (event: TEvent, context: IdempotentContext) => TResult | Promise<TResult>,
  options: IdempotencyOptions = {},
): (event: TEvent, context: Context) => Promise<TResult | StoredResponse | ProblemResponse> {
  if (typeof handler !== 'function') throw new TypeError('idempotent() takes a handler, and options after it');
  return wrapWith(new Engine(readOptions(options), system), handler);
}

export function wrapWith<TEvent, TResult>(
  engine: Engine,
  handler: (event: TEvent, context: IdempotentContext) => TResult | Promise<TResult>,
): (event: TEvent, context: Context) => Promise<TResult | StoredResponse | ProblemResponse> {
  // Two parameters, no more: the Node.js 24 runtime of Lambda refuses a handler that could take a callback.
  return async function idempotentHandler(event, context) {
    const received = engine.receive(event);
    const begun = await engine.begin(received, event, context);
    const respond = (answer: Answer) => responseTo(answer, received.http, engine.settings);
    if (begun.kind !== 'run') return respond(begun);
    const { attempt } = begun;
    let result: TResult;
    try {
      result = await handler(event, Object.assign(context ?? {}, { idempotency: attempt.context }));
    } catch (error) {
      const instead = await attempt.fail(error);
      if (instead === undefined) throw error;
      return respond(instead);
    }
    const instead = await attempt.finish(attempt.assess(result));
    return instead === undefined ? result : respond(instead);
  };
}
