/** Calls a handler as Lambda and API Gateway do between them: with a context that counts down, and for 29 s at most. */
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

export type LambdaHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** API Gateway's limit for an integration; the functions are deployed with the same. */
export const timeoutMs = 29_000;

export type Invocation =
  | { readonly kind: 'responded'; readonly response: APIGatewayProxyResult }
  /** It threw, or what it returned is no response. */
  | { readonly kind: 'failed' }
  /** The client is answered; the handler runs on. */
  | { readonly kind: 'timed-out' };

export async function invoke(name: string, handler: LambdaHandler, event: APIGatewayProxyEvent, limitMs = timeoutMs): Promise<Invocation> {
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
    const response: unknown = await handler(event, contextOf(name, limitMs));
    if (isProxyResponse(response)) return { kind: 'responded', response };
    console.error(`${name} returned no response`);
  } catch (error) {
    console.error(`${name} failed:`, error);
  }
  return { kind: 'failed' };
}

function isProxyResponse(value: unknown): value is APIGatewayProxyResult {
  if (typeof value !== 'object' || value === null || !('statusCode' in value)) return false;
  const status = Number(value.statusCode);
  const body = 'body' in value ? value.body : undefined;
  return Number.isInteger(status) && status >= 100 && status <= 599 && (typeof body === 'string' || body === undefined || body === null);
}

function contextOf(functionName: string, limitMs: number): Context {
  const endsAt = Date.now() + limitMs;
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
    getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()),
    done,
    fail: done,
    succeed: done,
  };
}
