/** The REST API in front of the contacts. */
import { once } from 'node:events';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { apiServer } from '../../bin/local/server.ts';
import { publicRoutes, routes } from '../../handlers/routes.ts';
import { descriptionOf, idInArn, type Resource, SynthesizedStack } from './synthesized.ts';

const stack = new SynthesizedStack();
afterAll(() => stack.remove());

const resources = [...new Set([...routes, ...publicRoutes].map(route => route.resource))];

describe('the REST API', () => {
  it("calls each route's function, for callers with an API key only, but for the documentation", () => {
    const methods = stack.resourcesOf('AWS::ApiGateway::Method').filter(({ Properties }) => Properties.HttpMethod !== 'OPTIONS');
    const served = methods.map(({ Properties }) => ({
      route: `${Properties.HttpMethod} ${pathOf(Properties.ResourceId)}`,
      serves: stack.resource(idInArn(Properties.Integration.Uri)).Properties.Description,
      apiKeyRequired: Properties.ApiKeyRequired,
    }));
    const expected = [...routes.map(route => [descriptionOf(route), true]), ...publicRoutes.map(route => [descriptionOf(route), false])];
    const byRoute = (a: { route: unknown }, b: { route: unknown }) => String(a.route).localeCompare(String(b.route));
    expect(served.sort(byRoute)).toEqual(
      expected.map(([route, apiKeyRequired]) => ({ route, serves: route, apiKeyRequired })).sort(byRoute),
    );
  });

  it('has a key in a usage plan for its stage', () => {
    stack.template.hasResourceProperties('AWS::ApiGateway::UsagePlan', {
      ApiStages: [{ ApiId: { Ref: stack.only('AWS::ApiGateway::RestApi').id }, Stage: { Ref: stack.only('AWS::ApiGateway::Stage').id } }],
      Throttle: { RateLimit: 50, BurstLimit: 100 },
      Quota: { Limit: 100_000, Period: 'DAY' },
    });
    stack.template.hasResourceProperties('AWS::ApiGateway::UsagePlanKey', {
      KeyId: { Ref: stack.only('AWS::ApiGateway::ApiKey').id },
      KeyType: 'API_KEY',
      UsagePlanId: { Ref: stack.only('AWS::ApiGateway::UsagePlan').id },
    });
    stack.template.hasResourceProperties('AWS::ApiGateway::ApiKey', { Enabled: true, Value: Match.absent() });
  });

  it('answers preflights for its routes, and for nothing else', () => {
    expect([...preflights().keys()].sort()).toEqual([...resources].sort());
  });

  it.each(resources)('lets a page send a key to %s, and read the marker', path => {
    const preflight = preflights().get(path);
    expect(preflight).toMatchObject({ ApiKeyRequired: false, Integration: { Type: 'MOCK' } });
    expect(headersOf(preflight)).toEqual({
      'access-control-allow-headers': 'Content-Type,Idempotency-Key,x-api-key',
      'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Idempotent-Replayed,Retry-After',
      'access-control-max-age': '3600',
    });
  });

  it('answers preflights as the local API does', async () => {
    const server = apiServer(new Map()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const [path, preflight] of preflights()) {
      const response = await fetch(`http://127.0.0.1:${port}${path.replace('{contactId}', 'some-id')}`, { method: 'OPTIONS' });
      const corsHeaders = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
      expect(String(response.status)).toBe(preflight.Integration.IntegrationResponses[0].StatusCode);
      expect(Object.fromEntries(corsHeaders)).toEqual(headersOf(preflight));
    }
    server.close();
  });

  it.each(['DEFAULT_4XX', 'DEFAULT_5XX'])("lets a page read API Gateway's own refusals: %s", ResponseType => {
    stack.template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType,
      ResponseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
    });
  });

  it('logs every access, without keys, paths or bodies, and traces', () => {
    const { Properties } = stack.only('AWS::ApiGateway::Stage');
    expect(Properties).toMatchObject({ StageName: 'prod', TracingEnabled: true });
    const { DestinationArn, Format } = Properties.AccessLogSetting;
    expect(JSON.stringify(DestinationArn)).toContain('ApiAccessLogs');
    expect(Object.values<string>(JSON.parse(Format)).sort()).toEqual([
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.identity.apiKeyId',
      '$context.integrationLatency',
      '$context.requestId',
      '$context.requestTime',
      '$context.resourcePath',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.status',
      '$context.xrayTraceId',
    ]);
  });

  it('logs its own errors, without what was sent, where the stack can take them away again', () => {
    const { Properties } = stack.only('AWS::ApiGateway::Stage');
    const settings: readonly Resource[] = Properties.MethodSettings;
    expect(settings.length).toBeGreaterThan(0);
    for (const setting of settings) expect(setting).toMatchObject({ LoggingLevel: 'ERROR', DataTraceEnabled: false, MetricsEnabled: true });
    const api = { Ref: stack.only('AWS::ApiGateway::RestApi').id };
    const groups = stack.template.findResources('AWS::Logs::LogGroup', {
      Properties: { LogGroupName: { 'Fn::Join': ['', ['API-Gateway-Execution-Logs_', api, '/prod']] }, RetentionInDays: 30 },
    });
    const [id, ...others] = Object.keys(groups);
    expect(others).toEqual([]);
    const stage = stack.resource(stack.only('AWS::ApiGateway::Stage').id);
    expect(stage.DependsOn).toContain(id);
  });

  it('throttles those who come without a key, whom no usage plan counts', () => {
    const settings: readonly Resource[] = stack.only('AWS::ApiGateway::Stage').Properties.MethodSettings;
    const throttled = settings.filter(setting => setting.ThrottlingRateLimit === 50 && setting.ThrottlingBurstLimit === 100);
    // JSON Pointer, as CloudFormation has it.
    expect(
      throttled.map(({ ResourcePath, HttpMethod }) => `${HttpMethod} ${ResourcePath.replaceAll('~1', '/').replace('//', '/')}`),
    ).toEqual(publicRoutes.map(descriptionOf));
  });

  it("tells its URL, with the seed's path, and how to get the API key", () => {
    const stage = { Ref: stack.only('AWS::ApiGateway::Stage').id };
    expect(stack.output('ContactsUrl').Value['Fn::Join'][1].slice(-3)).toEqual(['/', stage, '/api/v1/developers/contacts']);
    expect(stack.output('ApiKeyCommand').Value['Fn::Join'][1]).toEqual([
      'aws apigateway get-api-key --api-key ',
      { Ref: stack.only('AWS::ApiGateway::ApiKey').id },
      ' --include-value --query value --output text',
    ]);
  });
});

/** By path. */
function preflights(): ReadonlyMap<string, Resource> {
  const methods = stack.resourcesOf('AWS::ApiGateway::Method').map(({ Properties }) => Properties);
  return new Map(methods.filter(({ HttpMethod }) => HttpMethod === 'OPTIONS').map(method => [pathOf(method.ResourceId), method]));
}

function headersOf(preflight: Resource | undefined): Record<string, string> {
  const parameters: Record<string, string> = preflight?.Integration.IntegrationResponses[0].ResponseParameters ?? {};
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name.replace('method.response.header.', '').toLowerCase(), value.slice(1, -1)]),
  );
}

function pathOf(resourceId: { readonly Ref?: string }): string {
  if (resourceId.Ref === undefined) return '';
  const { ParentId, PathPart } = stack.resource(resourceId.Ref).Properties;
  return `${pathOf(ParentId)}/${PathPart}`;
}
