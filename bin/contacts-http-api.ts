/** The contacts as an HTTP API: an authorizer in place of API keys, CORS, access logs. HTTP APIs send no traces: the functions do. */
import { Duration, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod, HttpApi, HttpMethod, HttpNoneAuthorizer, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { cors } from '../handlers/cors.ts';
import { collection, methods, policyResource, type Route } from '../handlers/routes.ts';
import { ApiKeyAuthorizer } from './api-key-authorizer.ts';
import { accessLogFields, accessLogGroup, type ContactsApi, type ContactsApiProps, throttle } from './contacts-api.ts';

export class ContactsHttpApi extends HttpApi implements ContactsApi {
  readonly contactsUrl: string;
  readonly policyUrl: string;
  readonly apiKeyCommand: ContactsApi['apiKeyCommand'];

  constructor(scope: Construct, id: string, props: ContactsApiProps) {
    const authorizer = new ApiKeyAuthorizer(scope, `${id}KeyAuthorizer`, props);
    super(scope, id, {
      apiName: 'contacts',
      createDefaultStage: false,
      // For every route: one that is added without a thought is not open.
      defaultAuthorizer: authorizer.authorizer,
      // API Gateway answers preflights by itself, and puts these in place of what a handler says of CORS.
      corsPreflight: {
        allowOrigins: [cors.origin],
        allowMethods: methods.map(method => CorsHttpMethod[method]),
        allowHeaders: [...cors.requestHeaders],
        exposeHeaders: [...cors.exposedHeaders],
        maxAge: Duration.seconds(cors.maxAgeSeconds),
      },
    });
    const stage = new HttpStage(this, 'DefaultStage', {
      httpApi: this,
      autoDeploy: true,
      // Of all callers together: an HTTP API has no usage plans, and no daily quota.
      throttle,
      detailedMetricsEnabled: true,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogGroup(scope, id, props)), format: accessLogFormat },
    });
    this.contactsUrl = `${stage.url}${collection.slice(1)}`;
    this.policyUrl = `${this.apiEndpoint}${policyResource}`;
    this.apiKeyCommand = authorizer.apiKeyCommand;
  }

  addRoute({ name, method, resource }: Route, fn: IFunction): void {
    this.addRoutes({ path: resource, methods: [HttpMethod[method]], integration: new HttpLambdaIntegration(name, fn) });
  }

  addPublicRoute({ name, method, resource }: Route, fn: IFunction): void {
    const integration = new HttpLambdaIntegration(name, fn);
    const authorizer = new HttpNoneAuthorizer();
    for (const route of this.addRoutes({ path: resource, methods: [HttpMethod[method]], integration, authorizer })) {
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: 'The documentation is for everybody.' });
    }
  }
}

const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    ...accessLogFields,
    accountId: AccessLogField.contextAuthorizer('accountId'),
    route: AccessLogField.contextRouteKey(),
    authorizerError: AccessLogField.contextAuthorizerError(),
    integrationError: AccessLogField.contextIntegrationErrorMessage(),
  }),
);
