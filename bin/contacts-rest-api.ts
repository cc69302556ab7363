/** The contacts as a REST API: API keys and their usage plan, CORS, access logs, traces. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  type CorsOptions,
  EndpointType,
  type GatewayResponseOptions,
  type IApiKey,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  Period,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { cors } from '../handlers/cors.ts';
import { collection, methods, policyResource, publicRoutes, type Route } from '../handlers/routes.ts';
import { accessLogFields, accessLogGroup, type ContactsApi, type ContactsApiProps, throttle } from './contacts-api.ts';
import { type GatewayResponseType, gatewayResponse, gatewayResponseHeaders, gatewayResponseTypes } from './gateway-responses.ts';

export class ContactsRestApi extends RestApi implements ContactsApi {
  readonly contactsUrl: string;
  readonly policyUrl: string;
  readonly apiKeyCommand: ContactsApi['apiKeyCommand'];

  constructor(scope: Construct, id: string, props: ContactsApiProps) {
    const { removalPolicy } = props;
    super(scope, id, {
      restApiName: 'contacts',
      endpointTypes: [EndpointType.REGIONAL],
      // Logs need the role that API Gateway writes them with: one for the account and Region, so other APIs may use it too.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: removalPolicy,
      deployOptions: {
        stageName,
        accessLogDestination: new LogGroupLogDestination(accessLogGroup(scope, id, props)),
        accessLogFormat,
        tracingEnabled: true,
        ...methodOptions,
        // No usage plan counts those who come without a key.
        methodOptions: Object.fromEntries(publicRoutes.map(({ method, resource }) => [`${resource}/${method}`, openMethodOptions])),
      },
    });
    // There before the stage: API Gateway would make it by itself, and keep it for ever.
    this.deploymentStage.node.addDependency(
      new LogGroup(scope, `${id}ExecutionLogs`, {
        logGroupName: `API-Gateway-Execution-Logs_${this.restApiId}/${stageName}`,
        retention: RetentionDays.ONE_MONTH,
        removalPolicy,
      }),
    );
    const apiKey = this.addApiKey('ApiKey');
    this.addUsagePlan('UsagePlan', {
      apiStages: [{ stage: this.deploymentStage }],
      throttle,
      quota: { limit: 100_000, period: Period.DAY },
    }).addApiKey(apiKey);
    for (const name of gatewayResponseTypes) this.addGatewayResponse(name, gatewayResponseOptions(name));
    this.#acknowledge();
    this.contactsUrl = this.urlForPath(collection);
    const { region, urlSuffix } = Stack.of(this);
    // As `urlForPath` has it, but for the stage, which is there after the functions.
    this.policyUrl = `https://${this.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}${policyResource}`;
    this.apiKeyCommand = commandFor(apiKey);
  }

  addRoute(route: Route, fn: IFunction): void {
    this.#addMethod(route, fn, true);
  }

  addPublicRoute(route: Route, fn: IFunction): void {
    this.#addMethod(route, fn, false);
  }

  #addMethod({ method, resource }: Route, fn: IFunction, apiKeyRequired: boolean): void {
    const onPath = this.root.resourceForPath(resource);
    if (onPath.node.tryFindChild('OPTIONS') === undefined) onPath.addCorsPreflight(preflight);
    // Without a permission for the console's "test": one for the stage is all a function needs.
    const integration = new LambdaIntegration(fn, { allowTestInvoke: false });
    onPath.addMethod(method, integration, { apiKeyRequired });
  }

  /** What cdk-nag would have otherwise, and why it is as it is. */
  #acknowledge(): void {
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason: 'The handlers validate requests, and say what is wrong with which member, in the form of all errors of the API.',
    });
    Validations.of(this.deploymentStage).acknowledge({
      id: 'AwsSolutions-APIG3',
      reason:
        'What a firewall should refuse, and its price, are for the owner of the account to decide: a web ACL is associated from outside.',
    });
    Validations.of(this.root).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The API key says which account a program acts for: every method but those of the documentation requires one, and there are no users to tell apart.',
    });
    Validations.of(this.root).acknowledge({ id: 'AwsSolutions-COG4', reason: 'The callers are programs, with API keys: nobody signs in.' });
    Validations.of(this.node.findChild('CloudWatchRole')).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: "The role is API Gateway's for the whole account and Region, and this is the policy that AWS keeps for it.",
    });
  }
}

const stageName = 'prod';

const methodOptions = {
  metricsEnabled: true,
  // Why a request failed inside API Gateway: its access log has no more than the status.
  loggingLevel: MethodLoggingLevel.ERROR,
};

const openMethodOptions = { ...methodOptions, throttlingRateLimit: throttle.rateLimit, throttlingBurstLimit: throttle.burstLimit };

const preflight: CorsOptions = {
  allowOrigins: [cors.origin],
  allowMethods: [...methods],
  allowHeaders: [...cors.requestHeaders],
  exposeHeaders: [...cors.exposedHeaders],
  maxAge: Duration.seconds(cors.maxAgeSeconds),
};

/**
 * `application/json` is the key of the template that API Gateway takes whatever a request accepts; the header says what it is. Nothing
 * of the request is in it: API Gateway's own messages may quote what was sent.
 */
function gatewayResponseOptions(name: GatewayResponseType): GatewayResponseOptions {
  const { status, body } = gatewayResponse(name);
  return {
    type: ResponseType.of(name),
    ...(status === undefined ? {} : { statusCode: String(status) }),
    responseHeaders: Object.fromEntries(Object.entries(gatewayResponseHeaders).map(([header, value]) => [header, `'${value}'`])),
    templates: { 'application/json': body },
  };
}

/** `resourcePath` is the route's, `apiKeyId` isn't the key. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    ...accessLogFields,
    traceId: AccessLogField.contextXrayTraceId(),
    apiKeyId: AccessLogField.contextIdentityApiKeyId(),
    route: AccessLogField.contextResourcePath(),
  }),
);

function commandFor({ keyId }: IApiKey): ContactsApi['apiKeyCommand'] {
  return {
    description: 'Prints the value to send as x-api-key',
    value: `aws apigateway get-api-key --api-key ${keyId} --include-value --query value --output text`,
  };
}
