/** Middy's middlewares, as far as this package knows them: those of Middy 6 and 7 fit, and no type of theirs is needed to read ours. */
import type { IdempotentContext } from './lambda-context.ts';

export interface MiddyRequest {
  /** `unknown`, and not `any`: a chain intersects it with its own event, which must stay what it is. */
  event: unknown;
  context: IdempotentContext;
  // biome-ignore lint/suspicious/noExplicitAny: the result is the handler's own
  response: any;
  // biome-ignore lint/suspicious/noExplicitAny: as for `response`
  earlyResponse?: any;
  error: Error | null | undefined;
  internal: object;
}

export type MiddyHook = (request: MiddyRequest) => unknown;

/** A middleware of this package's. */
export interface Middleware {
  readonly before?: MiddyHook;
  readonly after?: MiddyHook;
  readonly onError?: MiddyHook;
}

// biome-ignore lint/suspicious/noExplicitAny: a hook of any middleware, whatever its event, result and context
type AnyHook = (request: any) => unknown;

/** Any middleware. */
export interface AnyMiddleware {
  readonly before?: AnyHook;
  readonly after?: AnyHook;
  readonly onError?: AnyHook;
  readonly name?: string;
}
