/** Calls a handler as Lambda and API Gateway do between them: with a context that counts down, and not for ever. */
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { type ProxyResponse, readProxyResponse } from './proxy-response.ts';

export type LambdaHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<unknown>;

/** Lambda's limit for what a function returns, as JSON. */
const largestResult = 6 * 1024 * 1024;

export type Invocation =
  | { readonly kind: 'responded'; readonly response: ProxyResponse }
  /** It threw, or what it returned is no response. */
  | { readonly kind: 'failed' }
  /** The client is answered; the handler runs on. */
  | { readonly kind: 'timed-out' };

export async function invoke(name: string, handler: LambdaHandler, event: APIGatewayProxyEvent, limitMs: number): Promise<Invocation> {
  const timer = Promise.withResolvers<Invocation>();
  const timeout = setTimeout(() => timer.resolve({ kind: 'timed-out' }), limitMs);
  try {
    return await Promise.race([run(name, handler, event, limitMs), timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

async function run(name: string, handler: LambdaHandler, event: APIGatewayProxyEvent, limitMs: number): Promise<Invocation> {
  try {
    const response = readProxyResponse(asTransferred(await handler(event, contextOf(name, limitMs))));
    if (response !== undefined) return { kind: 'responded', response };
    console.error(`${name} returned what is no response: it must have a statusCode, and a body that is a string`);
  } catch (error) {
    console.error(`${name} failed:`, error);
  }
  return { kind: 'failed' };
}

/** A result leaves its function as JSON, and not in any length. */
function asTransferred(result: unknown): unknown {
  const json = JSON.stringify(result ?? null);
  if (Buffer.byteLength(json) > largestResult) throw new RangeError(`the result is larger than ${largestResult} bytes`);
  return JSON.parse(json);
}

function contextOf(functionName: string, limitMs: number): Context {
  const endsAt = performance.now() + limitMs;
  const done = () => {
    throw new Error('callbacks are not supported');
  };
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '256',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsAt - performance.now())),
    done,
    fail: done,
    succeed: done,
  };
}
