/** Middlewares inside `around`: their `after`s must not end Middy's chain, because the outer part comes after them. */
import type { AnyMiddleware } from './middy-types.ts';

type AnyRequest = Parameters<NonNullable<AnyMiddleware['after']>>[0];

/** Requests whose `after` chain an `after` has ended: Middy would have called no further one. */
const ended = new WeakSet<object>();

/**
 * The same middleware, with an `after` that keeps what Middy makes of a returned value (it becomes the response, and the
 * `after`s that would have followed are not called) without stopping Middy itself.
 */
export function wrapAfter(middleware: AnyMiddleware): AnyMiddleware {
  const { after } = middleware;
  if (after === undefined) return middleware;
  const wrapped = {
    async [after.name || 'after'](request: AnyRequest): Promise<void> {
      if (ended.has(request)) return;
      const returned: unknown = await after(request);
      if (returned !== undefined) request.earlyResponse = returned;
      if (!('earlyResponse' in request)) return;
      request.response = request.earlyResponse;
      delete request.earlyResponse;
      ended.add(request);
    },
  };
  // By name, not spread: a middleware may be an instance of a class, whose hooks a spread would lose.
  const { before, onError } = middleware;
  return { ...(before && { before }), after: wrapped[after.name || 'after'], ...(onError && { onError }) };
}
