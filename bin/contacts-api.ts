/** The contacts API's front: API keys and their usage plan, CORS, access logs, traces. What a request says is for the handlers to check. */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  Cors,
  EndpointType,
  type IApiKey,
  LambdaIntegration,
  LogGroupLogDestination,
  Period,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Route } from '../handlers/routes.ts';

export interface ContactsApiProps {
  readonly removalPolicy: RemovalPolicy;
}

export class ContactsApi extends RestApi {
  readonly apiKey: IApiKey;

  constructor(scope: Construct, id: string, { removalPolicy }: ContactsApiProps) {
    const accessLogs = new LogGroup(scope, `${id}AccessLogs`, { retention: RetentionDays.ONE_MONTH, removalPolicy });
    super(scope, id, {
      restApiName: 'contacts',
      endpointTypes: [EndpointType.REGIONAL],
      // Access logs need the role that API Gateway writes them with: one for the account and Region, so other APIs may use it too.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: removalPolicy,
      deployOptions: {
        accessLogDestination: new LogGroupLogDestination(accessLogs),
        accessLogFormat,
        metricsEnabled: true,
        tracingEnabled: true,
      },
      defaultCorsPreflightOptions: {
        allowOrigins: Cors.ALL_ORIGINS,
        allowHeaders: ['Content-Type', 'Idempotency-Key', 'x-api-key'],
        exposeHeaders: ['Idempotent-Replayed', 'Retry-After'],
        maxAge: Duration.hours(1),
      },
    });
    this.apiKey = this.addApiKey('ApiKey');
    this.addUsagePlan('UsagePlan', {
      apiStages: [{ stage: this.deploymentStage }],
      throttle: { rateLimit: 50, burstLimit: 100 },
      quota: { limit: 100_000, period: Period.DAY },
    }).addApiKey(this.apiKey);
    // What API Gateway refuses by itself (no key, too many requests) is for a page to read too.
    for (const type of [ResponseType.DEFAULT_4XX, ResponseType.DEFAULT_5XX]) {
      this.addGatewayResponse(type.responseType, { type, responseHeaders: { 'Access-Control-Allow-Origin': "'*'" } });
    }
  }

  addRoute({ method, resource }: Route, fn: IFunction): void {
    // Without a permission for the console's "test": one for the stage is all a function needs.
    const integration = new LambdaIntegration(fn, { allowTestInvoke: false });
    this.root.resourceForPath(resource).addMethod(method, integration, { apiKeyRequired: true });
  }
}

/** No key, path or body: `resourcePath` is the route's, `apiKeyId` isn't the key. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    traceId: AccessLogField.contextXrayTraceId(),
    time: AccessLogField.contextRequestTime(),
    apiKeyId: AccessLogField.contextIdentityApiKeyId(),
    method: AccessLogField.contextHttpMethod(),
    route: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    refusal: AccessLogField.contextErrorResponseType(),
    latencyMs: AccessLogField.contextResponseLatency(),
    integrationLatencyMs: AccessLogField.contextIntegrationLatency(),
    responseBytes: AccessLogField.contextResponseLength(),
  }),
);
