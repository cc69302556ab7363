/** The REST API in front of the contacts. */
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type GatewayResponseType, gatewayResponseTypes } from '../../bin/gateway-responses.ts';
import { apiKeys } from '../../bin/local/api-keys.ts';
import { apiServer } from '../../bin/local/server.ts';
import { collection, publicRoutes, routes } from '../../handlers/routes.ts';
import { onLoopback } from '../support/loopback.ts';
import { descriptionOf, idInArn, type Resource, SynthesizedStack } from './synthesized.ts';

const stack = new SynthesizedStack();
afterAll(() => stack.remove());
afterEach(() => vi.restoreAllMocks());

const headers = { 'x-api-key': apiKeys[0]?.value ?? '' };
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
    const server = await onLoopback(apiServer(new Map()));
    for (const [path, preflight] of preflights()) {
      const response = await fetch(`${server.url}${path.replace('{contactId}', 'some-id')}`, { method: 'OPTIONS' });
      const corsHeaders = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
      expect(String(response.status)).toBe(preflight.Integration.IntegrationResponses[0].StatusCode);
      expect(Object.fromEntries(corsHeaders)).toEqual(headersOf(preflight));
    }
    await server.stop();
  });

  it.each(gatewayResponseTypes)('answers %s with a problem document, for a page to read too, and with nothing that was sent', name => {
    const { StatusCode, ResponseParameters, ResponseTemplates } = gatewayResponseNamed(name);
    expect(ResponseParameters).toEqual({
      'gatewayresponse.header.Content-Type': "'application/problem+json'",
      'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
    });
    expect(Object.keys(ResponseTemplates)).toEqual(['application/json']);
    const template: string = ResponseTemplates['application/json'];
    expect(template).not.toContain('$');
    const { type, title, status, detail, error } = JSON.parse(template);
    expect([type, title, detail]).toEqual(['about:blank', expect.any(String), expect.any(String)]);
    expect(status).toBe(StatusCode === undefined ? undefined : Number(StatusCode));
    expect(error).toEqual({ type: expect.stringMatching(/^[a-z_]+$/), message: detail });
  });

  it('leaves no answer of its own out: what has no form of its own falls back to one that has', () => {
    expect(gatewayResponseTypes).toEqual(expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX']));
    // With a status, it would be that of all that fall back to it.
    for (const name of ['DEFAULT_4XX', 'DEFAULT_5XX'] as const) expect(gatewayResponseNamed(name).StatusCode).toBeUndefined();
  });

  it.each<[string, GatewayResponseType, RequestInit & { path?: string }]>([
    ['a path that is none of its', 'MISSING_AUTHENTICATION_TOKEN', { path: '/' }],
    ['a request without a key', 'INVALID_API_KEY', {}],
    ['a body that no function takes', 'REQUEST_TOO_LARGE', { method: 'POST', headers, body: 'x'.repeat(6 * 1024 * 1024) }],
    ['for a function that fails', 'DEFAULT_5XX', { headers }],
  ])('answers %s as the local API does', async (_what, name, { path = collection, ...request }) => {
    const fail = async () => {
      throw new Error('as the test wants it');
    };
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const server = await onLoopback(apiServer(new Map(routes.map(route => [route.name, fail]))));
    const response = await fetch(`${server.url}${path}`, request);
    const { StatusCode = '502', ResponseParameters, ResponseTemplates } = gatewayResponseNamed(name);
    expect(String(response.status)).toBe(StatusCode);
    for (const [parameter, value] of Object.entries(ResponseParameters)) {
      expect(`'${response.headers.get(parameter.replace('gatewayresponse.header.', ''))}'`).toBe(value);
    }
    expect(await response.text()).toBe(ResponseTemplates['application/json']);
    await server.stop();
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

function gatewayResponseNamed(name: GatewayResponseType): Resource {
  const properties = stack.resourcesOf('AWS::ApiGateway::GatewayResponse').map(({ Properties }) => Properties);
  return properties.find(({ ResponseType }) => ResponseType === name);
}

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
