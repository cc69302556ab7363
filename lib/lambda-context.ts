/**
 * The context object of Lambda's Node.js runtime, member by member as `@types/aws-lambda` has it: each of the two is assignable to
 * the other, so that handlers typed with either fit, and the published types need no package that a user may not have.
 */
import type { IdempotencyContext } from './attempt.ts';

export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  identity?: { cognitoIdentityId: string; cognitoIdentityPoolId: string } | undefined;
  clientContext?: ClientContext | undefined;
  tenantId?: string | undefined;
  getRemainingTimeInMillis(): number;
  /** @deprecated Return a promise. */
  done(error?: Error, result?: unknown): void;
  /** @deprecated Return a promise. */
  fail(error: Error | string): void;
  /** @deprecated Return a promise. */
  succeed(message: unknown, object?: unknown): void;
}

interface ClientContext {
  client: { installationId: string; appTitle: string; appVersionName: string; appVersionCode: string; appPackageName: string };
  custom?: unknown;
  env: { platformVersion: string; platform: string; make: string; model: string; locale: string };
}

/** The Lambda context of a protected handler. */
export interface IdempotentContext extends LambdaContext {
  readonly idempotency: IdempotencyContext;
}
