/** Calls a handler as Lambda and API Gateway do between them: with a context that counts down, and not for ever. */
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { functionSettings } from '../function-settings.ts';
import { type ProxyResponse, readProxyResponse } from './proxy-response.ts';

export type LambdaHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<unknown>;

/** Lambda's limit for what a function returns, as JSON. */
const largestResult = 6 * 1024 * 1024;

/** Undefined: it threw, what it returned is no response, or it took too long. Lambda stops it then; here nothing can, and it runs on. */
export async function invoke(
  name: string,
  handler: LambdaHandler,
  event: APIGatewayProxyEvent,
  limitMs: number,
): Promise<ProxyResponse | undefined> {
  const timer = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => {
    console.error(`${name} timed out after ${limitMs} ms`);
    timer.resolve(undefined);
  }, limitMs);
  try {
    return await Promise.race([run(name, handler, event, limitMs), timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

async function run(name: string, handler: LambdaHandler, event: APIGatewayProxyEvent, limitMs: number): Promise<ProxyResponse | undefined> {
  try {
    const response = readProxyResponse(asTransferred(await handler(event, contextOf(name, limitMs))));
    if (response !== undefined) return response;
    console.error(`${name} returned what is no response: it must have a statusCode, and a body that is a string`);
  } catch (error) {
    console.error(`${name} failed:`, error);
  }
  return undefined;
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
    memoryLimitInMB: String(functionSettings.memoryMb),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsAt - performance.now())),
    done,
    fail: done,
    succeed: done,
  };
}
