import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContactsStack } from '../../bin/contacts-stack.ts';
import { type Route, routes } from '../../handlers/routes.ts';
import { storeActions } from '../../lib/cdk/store-actions.ts';
import { type BundleRun, runBundle } from './run-bundle.ts';

const project = new URL('../../', import.meta.url);
const outdir = mkdtempSync(join(tmpdir(), 'contacts-stack-'));
const { context } = JSON.parse(readFileSync(new URL('cdk.json', project), 'utf8'));

let template: Template;
let runs: ReadonlyMap<string, BundleRun>;

// Once for all: a first synthesis bundles seven functions.
beforeAll(async () => {
  template = Template.fromStack(new ContactsStack(new App({ outdir, context }), 'Contacts'));
  const tables = { CONTACTS_TABLE_NAME: 'contacts', IDEMPOTENCY_TABLE_NAME: 'keys' };
  const run = async (route: Route) => [route.name, await runBundle(bundleOf(route), requestTo(route), tables, storedContact)] as const;
  runs = new Map(await Promise.all(routes.map(run)));
}, 120_000);

afterAll(() => rmSync(outdir, { recursive: true, force: true }));

describe('the tables', () => {
  it('are kept when the stack goes, protected from deletion, and can be restored', () => {
    const tables = resourcesOf('AWS::DynamoDB::GlobalTable');
    expect(tables).toHaveLength(2);
    for (const table of tables) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      expect(table.Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      });
    }
  });

  it('have the keys that the handlers and the middleware use', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: 'accountId', KeyType: 'HASH' },
        { AttributeName: 'contactId', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: Match.absent(),
    });
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
  });

  it('go with a disposable stack, and so does everything else', () => {
    const unbundled = { ...context, 'aws:cdk:bundling-stacks': [] };
    const app = new App({ outdir: join(outdir, 'disposable'), context: unbundled });
    const disposable = Template.fromStack(new ContactsStack(app, 'Contacts', { removalPolicy: RemovalPolicy.DESTROY }));
    const resources: Resource[] = Object.values(disposable.toJSON().Resources);
    expect(resources.filter(({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete')).toEqual([]);
    disposable.allResourcesProperties('AWS::DynamoDB::GlobalTable', { Replicas: [{ DeletionProtectionEnabled: false }] });
  });
});

describe('the functions', () => {
  it('are one for each route', () => {
    const descriptions = resourcesOf('AWS::Lambda::Function').map(({ Properties }) => Properties.Description);
    expect(descriptions.sort()).toEqual(routes.map(({ method, resource }) => `${method} ${resource}`).sort());
  });

  it('run on Node.js 24 on ARM, traced, and end long before API Gateway gives up after 29 s', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      Timeout: 10,
      TracingConfig: { Mode: 'Active' },
    });
  });

  it.each(routes)('$name knows the tables it works on, and no other', route => {
    const { Properties } = functionOf(route);
    expect(Properties.Environment.Variables).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      CONTACTS_TABLE_NAME: { Ref: tableWithKey('accountId') },
      ...(route.idempotent ? { IDEMPOTENCY_TABLE_NAME: { Ref: tableWithKey('id') } } : {}),
    });
    const resources = statementsOf(route).map(({ Resource }) => Resource);
    expect(resources).toEqual(['*', arnOf(tableWithKey('accountId')), ...(route.idempotent ? [arnOf(tableWithKey('id'))] : [])]);
  });

  it.each(routes)('$name may do what its handler does, and no more', route => {
    const sent = runs.get(route.name)?.actions;
    const [traces, contacts, idempotency] = statementsOf(route).map(({ Action }) => new Set([Action].flat()));
    expect(traces).toEqual(new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']));
    expect(contacts).toEqual(sent?.get('contacts'));
    expect(idempotency).toEqual(route.idempotent ? new Set(storeActions) : undefined);
    // The claim and its end at least; none at all for a reader.
    expect([...(sent?.get('keys') ?? [])]).toEqual(route.idempotent ? expect.arrayContaining(['dynamodb:PutItem']) : []);
  });

  it('may else write logs, and nothing more', () => {
    for (const { Properties } of resourcesOf('AWS::Lambda::Function')) {
      const { ManagedPolicyArns, Policies } = resource(Properties.Role['Fn::GetAtt'][0]).Properties;
      const policy = ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
      expect(ManagedPolicyArns).toEqual([{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, policy]] }]);
      expect(Policies).toBeUndefined();
    }
  });

  it('are called by one method of the API alone', () => {
    const permissions = resourcesOf('AWS::Lambda::Permission').map(({ Properties }) => Properties);
    expect(new Set(permissions.map(({ FunctionName }) => FunctionName['Fn::GetAtt'][0])).size).toBe(routes.length);
    expect(permissions).toHaveLength(routes.length);
    for (const { Action, Principal } of permissions)
      expect([Action, Principal]).toEqual(['lambda:InvokeFunction', 'apigateway.amazonaws.com']);
  });

  it('keep their logs for a month', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    const groups = resourcesOf('AWS::Lambda::Function').map(({ Properties }) => Properties.LoggingConfig.LogGroup.Ref);
    expect(new Set(groups).size).toBe(routes.length);
    for (const group of groups) expect(resource(group).Type).toBe('AWS::Logs::LogGroup');
  });
});

describe('the bundles', () => {
  it.each(routes)('$name is one ES module with its source map', route => {
    expect(readdirSync(bundleOf(route)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
  });

  it.each(routes)('$name has none of the credential sources that a Lambda function never has, and is small', route => {
    const { sources } = JSON.parse(readFileSync(join(bundleOf(route), 'index.mjs.map'), 'utf8'));
    expect(sources.join('\n')).toContain('bin/credentials-left-out.ts');
    expect(sources.join('\n')).not.toMatch(
      /credential-provider-(ini|process|sso|web-identity|login)\/|nested-clients|token-providers|event-streams\//,
    );
    expect(statSync(join(bundleOf(route), 'index.mjs')).size).toBeLessThan(350 * 1000);
  });

  it.each(routes)('$name runs with nothing beside it', ({ name }) => {
    // Node.js 24 in Lambda refuses a handler with a third parameter: callbacks are gone.
    expect(runs.get(name)?.parameters).toBeLessThan(3);
    expect(runs.get(name)?.statusCode).toBeLessThan(500);
  });
});

describe('the API', () => {
  it("calls each route's function, for callers with an API key only", () => {
    const methods = resourcesOf('AWS::ApiGateway::Method').filter(({ Properties }) => Properties.HttpMethod !== 'OPTIONS');
    const served = methods.map(({ Properties }) => ({
      route: `${Properties.HttpMethod} ${pathOf(Properties.ResourceId)}`,
      serves: resource(calledBy(Properties.Integration)).Properties.Description,
      apiKeyRequired: Properties.ApiKeyRequired,
    }));
    const expected = routes.map(({ method, resource }) => `${method} ${resource}`);
    expect(served.sort((a, b) => a.route.localeCompare(b.route))).toEqual(
      expected.sort((a, b) => a.localeCompare(b)).map(route => ({ route, serves: route, apiKeyRequired: true })),
    );
  });

  it('has a key in a usage plan for its stage', () => {
    const api = onlyId('AWS::ApiGateway::RestApi');
    const stage = onlyId('AWS::ApiGateway::Stage');
    template.hasResourceProperties('AWS::ApiGateway::UsagePlan', {
      ApiStages: [{ ApiId: { Ref: api }, Stage: { Ref: stage } }],
      Throttle: { RateLimit: 50, BurstLimit: 100 },
      Quota: { Limit: 100_000, Period: 'DAY' },
    });
    template.hasResourceProperties('AWS::ApiGateway::UsagePlanKey', {
      KeyId: { Ref: onlyId('AWS::ApiGateway::ApiKey') },
      KeyType: 'API_KEY',
      UsagePlanId: { Ref: onlyId('AWS::ApiGateway::UsagePlan') },
    });
    template.hasResourceProperties('AWS::ApiGateway::ApiKey', { Enabled: true, Value: Match.absent() });
  });

  it.each([...new Set(routes.map(route => route.resource))])('lets a page send a key to %s, and read the marker', path => {
    const preflights = resourcesOf('AWS::ApiGateway::Method').filter(({ Properties }) => Properties.HttpMethod === 'OPTIONS');
    const preflight = preflights.find(({ Properties }) => pathOf(Properties.ResourceId) === path);
    expect(preflight?.Properties).toMatchObject({ ApiKeyRequired: false, Integration: { Type: 'MOCK' } });
    expect(preflight?.Properties.Integration.IntegrationResponses[0].ResponseParameters).toMatchObject({
      'method.response.header.Access-Control-Allow-Headers': "'Content-Type,Idempotency-Key,x-api-key'",
      'method.response.header.Access-Control-Allow-Origin': "'*'",
      'method.response.header.Access-Control-Expose-Headers': "'Idempotent-Replayed,Retry-After'",
    });
  });

  it.each(['DEFAULT_4XX', 'DEFAULT_5XX'])("lets a page read API Gateway's own refusals: %s", ResponseType => {
    template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType,
      ResponseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
    });
  });

  it('logs every access, without keys, paths or bodies, and traces', () => {
    const [stage] = resourcesOf('AWS::ApiGateway::Stage');
    expect(stage?.Properties).toMatchObject({ StageName: 'prod', TracingEnabled: true, MethodSettings: [{ DataTraceEnabled: false }] });
    const { DestinationArn, Format } = stage?.Properties.AccessLogSetting ?? {};
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

  it("tells its URL, with the seed's path, and how to get the API key", () => {
    const { ContactsUrl, ApiKeyCommand } = template.toJSON().Outputs;
    const stage = { Ref: onlyId('AWS::ApiGateway::Stage') };
    expect(ContactsUrl.Value['Fn::Join'][1].slice(-3)).toEqual(['/', stage, '/api/v1/developers/contacts']);
    expect(ApiKeyCommand.Value['Fn::Join'][1]).toEqual([
      'aws apigateway get-api-key --api-key ',
      { Ref: onlyId('AWS::ApiGateway::ApiKey') },
      ' --include-value --query value --output text',
    ]);
  });
});

/** As `Template` gives them: untyped JSON. */
type Resource = ReturnType<Template['findResources']>[string];

function resourcesOf(type: string): Resource[] {
  return Object.values(template.findResources(type));
}

function onlyId(type: string): string {
  const [id, ...others] = Object.keys(template.findResources(type));
  if (id === undefined || others.length > 0) throw new Error(`the template must have one ${type}`);
  return id;
}

function resource(id: string): Resource {
  return template.toJSON().Resources[id];
}

function functionOf({ method, resource }: Route): Resource {
  const found = resourcesOf('AWS::Lambda::Function').find(({ Properties }) => Properties.Description === `${method} ${resource}`);
  if (found === undefined) throw new Error(`the template has no function for ${method} ${resource}`);
  return found;
}

/** The folder that is zipped for the function. */
function bundleOf(route: Route): string {
  return join(outdir, `asset.${functionOf(route).Properties.Code.S3Key.replace('.zip', '')}`);
}

/** With another address than the requests have, so that a change has to move it. */
const storedContact = {
  contactId: { S: '01a20ce5-2d7b-702d-a1ed-e4190cd3dba6' },
  version: { N: '1' },
  name: { S: 'Old' },
  type: { S: 'lead' },
  email: { S: 'old@acme.example' },
};

/** A valid one; the body is of no use to GET and DELETE. */
function requestTo({ name, method, resource }: Route): object {
  const contact = { name: 'ACME Corp', type: 'client', email: 'info@acme.example' };
  return {
    httpMethod: method,
    path: resource,
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'a-key' },
    pathParameters: { contactId: '01a20ce5-2d7b-702d-a1ed-e4190cd3dba6' },
    requestContext: { identity: { apiKeyId: 'api-key' } },
    body: JSON.stringify(name === 'create-contacts' ? { contacts: [contact] } : contact),
  };
}

function tableWithKey(partitionKey: string): string {
  const tables = template.findResources('AWS::DynamoDB::GlobalTable', {
    Properties: { KeySchema: Match.arrayWith([{ AttributeName: partitionKey, KeyType: 'HASH' }]) },
  });
  return Object.keys(tables)[0] ?? '';
}

function arnOf(id: string): unknown {
  return { 'Fn::GetAtt': [id, 'Arn'] };
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function statementsOf(route: Route): Statement[] {
  const Roles = [{ Ref: functionOf(route).Properties.Role['Fn::GetAtt'][0] }];
  const policies = Object.values(template.findResources('AWS::IAM::Policy', { Properties: { Roles } }));
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function calledBy(integration: Resource): string {
  const parts: readonly unknown[] = integration.Uri['Fn::Join'][1];
  const arn = parts.find(
    (part): part is { 'Fn::GetAtt': [string, string] } => typeof part === 'object' && part !== null && 'Fn::GetAtt' in part,
  );
  return arn?.['Fn::GetAtt'][0] ?? '';
}

function pathOf(resourceId: { readonly Ref?: string }): string {
  if (resourceId.Ref === undefined) return '';
  const { ParentId, PathPart } = resource(resourceId.Ref).Properties;
  return `${pathOf(ParentId)}/${PathPart}`;
}
