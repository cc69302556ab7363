/** What the two kinds of API before the handlers have in common. What a request says is for the handlers to check. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogField } from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Route } from '../handlers/routes.ts';

export const apiKinds = ['rest', 'http'] as const;
export type ApiKind = (typeof apiKinds)[number];

export interface ContactsApiProps {
  readonly removalPolicy: RemovalPolicy;
}

export interface ContactsApi {
  readonly contactsUrl: string;
  /** Made of nothing that depends on the functions, which have it in their environment. */
  readonly policyUrl: string;
  /** How to get an API key: a command for a shell, and what it does. */
  readonly apiKeyCommand: { readonly description: string; readonly value: string };
  addRoute(route: Route, fn: IFunction): void;
  /** For everybody, without an API key. */
  addPublicRoute(route: Route, fn: IFunction): void;
}

export const throttle = { rateLimit: 50, burstLimit: 100 };

export function accessLogGroup(scope: Construct, apiId: string, { removalPolicy }: ContactsApiProps): LogGroup {
  return new LogGroup(scope, `${apiId}AccessLogs`, { retention: RetentionDays.ONE_MONTH, removalPolicy });
}

/** What both kinds of API can tell. No key, path or body: they go by the names of routes and accounts. */
export const accessLogFields = {
  requestId: AccessLogField.contextRequestId(),
  time: AccessLogField.contextRequestTime(),
  method: AccessLogField.contextHttpMethod(),
  status: AccessLogField.contextStatus(),
  refusal: AccessLogField.contextErrorResponseType(),
  latencyMs: AccessLogField.contextResponseLatency(),
  integrationLatencyMs: AccessLogField.contextIntegrationLatency(),
  responseBytes: AccessLogField.contextResponseLength(),
} as const;
