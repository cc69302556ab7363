/** The HTTP API in front of the contacts (`-c api=http`). */
import { afterAll, describe, expect, it } from 'vitest';
import { publicRoutes, routes } from '../../handlers/routes.ts';
import { apiKeysTableDefinition } from '../support/api-keys.ts';
import { arnOf, descriptionOf, idInArn, SynthesizedStack } from './synthesized.ts';

const stack = new SynthesizedStack({ api: 'http' });
afterAll(() => stack.remove());

const authorizerFunction = stack.functionDescribed('Authorizer: x-api-key to account');

describe('the HTTP API', () => {
  it("calls each route's function with payload 2.0, for callers that the authorizer lets in; for everybody the documentation", () => {
    const authorizer = stack.only('AWS::ApiGatewayV2::Authorizer').id;
    const served = stack.resourcesOf('AWS::ApiGatewayV2::Route').map(({ Properties }) => {
      const integration = stack.resource(Properties.Target['Fn::Join'][1][1].Ref).Properties;
      const { AuthorizationType, AuthorizerId } = Properties;
      return {
        route: Properties.RouteKey,
        serves: stack.resource(integration.IntegrationUri['Fn::GetAtt'][0]).Properties.Description,
        payload: integration.PayloadFormatVersion,
        AuthorizationType,
        AuthorizerId,
      };
    });
    const guarded = { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: authorizer } };
    const open = { AuthorizationType: 'NONE', AuthorizerId: undefined };
    const expected = [...routes.map(route => ({ route, ...guarded })), ...publicRoutes.map(route => ({ route, ...open }))].map(
      ({ route, ...authorization }) => ({ route: descriptionOf(route), serves: descriptionOf(route), payload: '2.0', ...authorization }),
    );
    const byRoute = (a: { route: string }, b: { route: string }) => a.route.localeCompare(b.route);
    expect(served.sort(byRoute)).toEqual(expected.sort(byRoute));
  });

  it('asks its authorizer for a verdict on x-api-key, and remembers it for a minute', () => {
    const { Properties } = stack.only('AWS::ApiGatewayV2::Authorizer');
    expect(Properties).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.x-api-key'],
      AuthorizerResultTtlInSeconds: 60,
    });
    expect(stack.resource(idInArn(Properties.AuthorizerUri))).toEqual(authorizerFunction);
  });

  it('keeps hashes of API keys in a table that the authorizer may read, and nobody else', () => {
    const table = stack.tableWithKey('keyHash');
    expect(stack.resource(table).Properties.KeySchema).toEqual(apiKeysTableDefinition('any').KeySchema);
    expect(authorizerFunction.Properties.Environment.Variables).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      API_KEYS_TABLE_NAME: { Ref: table },
    });
    const [, , ...grants] = stack.statementsOf(authorizerFunction);
    expect(grants).toEqual([{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: arnOf(table) }]);
    const mentions = stack.resourcesOf('AWS::IAM::Policy').filter(policy => JSON.stringify(policy).includes(table));
    expect(mentions).toHaveLength(1);
  });

  it('lets a page send a key, and read the marker', () => {
    expect(stack.only('AWS::ApiGatewayV2::Api').Properties).toMatchObject({
      ProtocolType: 'HTTP',
      CorsConfiguration: {
        AllowHeaders: ['Content-Type', 'Idempotency-Key', 'x-api-key'],
        AllowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        AllowOrigins: ['*'],
        ExposeHeaders: ['Idempotent-Replayed', 'Retry-After'],
        MaxAge: 3600,
      },
    });
  });

  it('is throttled, and logs every access, without keys, paths or bodies', () => {
    const { Properties } = stack.only('AWS::ApiGatewayV2::Stage');
    expect(Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100, DetailedMetricsEnabled: true },
    });
    const { DestinationArn, Format } = Properties.AccessLogSettings;
    expect(JSON.stringify(DestinationArn)).toContain('HttpApiAccessLogs');
    expect(Object.values<string>(JSON.parse(Format)).sort()).toEqual([
      '$context.authorizer.accountId',
      '$context.authorizer.error',
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.integrationErrorMessage',
      '$context.integrationLatency',
      '$context.requestId',
      '$context.requestTime',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.routeKey',
      '$context.status',
    ]);
  });

  it("tells its URL, with the seed's path", () => {
    const parts = stack.output('ContactsUrl').Value['Fn::Join'][1];
    expect(parts.slice(0, 2)).toEqual(['https://', { Ref: stack.only('AWS::ApiGatewayV2::Api').id }]);
    expect(parts.at(-1)).toBe('/api/v1/developers/contacts');
  });
});
