/** What compiles, and what does not: checked by `tsc`, run by nobody. A line that ought not to compile says so, and fails when it does. */
import middy, { type MiddyfiedHandler } from '@middy/core';
import cors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import type {
  ALBEvent,
  ALBHandler,
  ALBResult,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyHandlerV2WithJWTAuthorizer,
  APIGatewayProxyResult,
  Context,
} from 'aws-lambda';
import middy6 from 'middy-6';
import { expectTypeOf } from 'vitest';
import { type IdempotencyContext, type IdempotentContext, type IdempotentResponse, idempotency, idempotent } from '../lib/index.ts';

const created = { statusCode: 201, body: '' };

// Without Middy: what has a handler's type goes in, and what comes out has it too.
declare const rest: APIGatewayProxyHandler;
declare const http: APIGatewayProxyHandlerV2;
declare const bare: APIGatewayProxyHandlerV2<{ id: string }>;
declare const jwt: APIGatewayProxyHandlerV2WithJWTAuthorizer;
declare const alb: ALBHandler;
export const fromTyped: [
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyHandlerV2<{ id: string }>,
  APIGatewayProxyHandlerV2WithJWTAuthorizer,
  ALBHandler,
] = [idempotent(rest), idempotent(http), idempotent(bare), idempotent(jwt), idempotent(alb)];

export const restHandler: APIGatewayProxyHandler = idempotent(async (event: APIGatewayProxyEvent) => ({
  statusCode: 201,
  body: event.path,
}));
export const httpHandler: APIGatewayProxyHandlerV2 = idempotent(async (event: APIGatewayProxyEventV2) => event.rawPath);
export const albHandler: ALBHandler = idempotent(async (event: ALBEvent): Promise<ALBResult> => ({ statusCode: 201, body: event.path }));
// The variable's type reaches the parameters.
export const inferred: APIGatewayProxyHandler = idempotent(async (event, context) => {
  expectTypeOf(event).toEqualTypeOf<APIGatewayProxyEvent>();
  expectTypeOf(context).toEqualTypeOf<IdempotentContext>();
  return created;
});

export const plain = idempotent((event: { body: string }, context) => {
  expectTypeOf(context.idempotency).toEqualTypeOf<IdempotencyContext>();
  return { statusCode: 201, body: event.body };
});
expectTypeOf(plain).parameter(0).toEqualTypeOf<{ body: string }>();
expectTypeOf(plain).returns.resolves.toEqualTypeOf<{ statusCode: number; body: string } | IdempotentResponse>();
expectTypeOf(idempotent(rest)).returns.resolves.toEqualTypeOf<APIGatewayProxyResult | IdempotentResponse>();
expectTypeOf<IdempotentContext>().toExtend<Context>();
// @ts-expect-error a handler of REST events is none of HTTP API events
export const wrong: APIGatewayProxyHandlerV2 = idempotent(rest);
// @ts-expect-error the result is no response
export const noResponse: APIGatewayProxyHandler = idempotent(async () => ({ id: 1 }));
// @ts-expect-error callbacks are not called
idempotent((_event: APIGatewayProxyEvent, _context, callback) => callback(null, created));

// With Middy, 7 and 6: event, result and context stay typed through the chain, whatever it is made of.
export const wrapped = middy<APIGatewayProxyEvent, APIGatewayProxyResult>(async () => created).use(idempotency());
expectTypeOf(wrapped).parameter(0).toEqualTypeOf<APIGatewayProxyEvent>();
expectTypeOf(wrapped).toExtend<MiddyfiedHandler<APIGatewayProxyEvent, APIGatewayProxyResult, Error, IdempotentContext>>();

export const chained = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .use(idempotency())
  .handler(async (event, context) => {
    expectTypeOf(event).toEqualTypeOf<APIGatewayProxyEvent>();
    expectTypeOf(context.idempotency).toEqualTypeOf<IdempotencyContext>();
    return context.idempotency.commit({ statusCode: 201, body: event.path }, []);
  });

export const around = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .use(idempotency().around([cors(), httpErrorHandler()]))
  .handler(async (event, { idempotency: { attempt } }) => {
    expectTypeOf(event).toExtend<APIGatewayProxyEvent>();
    expectTypeOf(event.path).toEqualTypeOf<string>();
    return { statusCode: 201, body: `${attempt}` };
  });

export const middySix = middy6<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .use(idempotency())
  .use(idempotency().around(cors()))
  .handler(async (event, context) => {
    expectTypeOf(event.path).toEqualTypeOf<string>();
    return { statusCode: 201, body: context.idempotency.deriveKey(event.path) };
  });

const contacts = async (event: APIGatewayProxyEvent, { idempotency }: IdempotentContext): Promise<APIGatewayProxyResult> =>
  idempotency.commit({ statusCode: 201, body: event.path }, []);
export const asInTheReadme = middy(contacts).use(idempotency());

// @ts-expect-error no middleware
idempotency().around({ during: () => {} });
// @ts-expect-error nothing at all
idempotency().around(undefined);

// Options.
idempotency({ scope: (event: APIGatewayProxyEvent, context: Context) => event.path + context.functionName });
idempotency({ key: (event: APIGatewayProxyEvent) => event.headers['x-request-id'] });
// @ts-expect-error no such option
idempotency({ ttl: 5 });
// @ts-expect-error no such policy
idempotency({ afterCrash: 'retry' });
// @ts-expect-error a number of milliseconds
idempotency({ waitMs: '3s' });
// @ts-expect-error no key is undefined, not null
idempotency({ key: () => null });
// @ts-expect-error whether to store is decided at once
idempotency({ shouldStore: async () => true });
// @ts-expect-error a client, not its settings
idempotency({ client: { region: 'eu-central-1' } });
