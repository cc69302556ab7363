/** What the contacts stack has with either kind of API: tables, and functions that may do what they do. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiKind, apiKinds } from '../../bin/contacts-api.ts';
import { policyResource, publicRoutes, type Route, routes } from '../../handlers/routes.ts';
import { storeActions } from '../../lib/cdk/store-actions.ts';
import { requestOf } from '../support/forms.ts';
import { type BundleRun, runBundle } from './run-bundle.ts';
import { arnOf, descriptionOf, type Resource, SynthesizedStack } from './synthesized.ts';

const authorizer = 'Authorizer: x-api-key to account';

/** Beside the routes' functions. */
const otherFunctions: Readonly<Record<ApiKind, readonly string[]>> = { rest: [], http: [authorizer] };

/** Where `IdempotencyMonitoring` reads the functions' metrics. */
const monitoringEnvironment = { POWERTOOLS_METRICS_NAMESPACE: 'Contacts', POWERTOOLS_SERVICE_NAME: 'contacts' };

describe.each(apiKinds)('the stack with api=%s', api => {
  const functions = [...routes.map(descriptionOf), ...publicRoutes.map(descriptionOf), ...otherFunctions[api]];
  let stack: SynthesizedStack;
  let runs: ReadonlyMap<string, BundleRun>;

  // Once for all: a synthesis bundles every function.
  beforeAll(async () => {
    stack = new SynthesizedStack({ api, bundled: true });
    const environment = {
      CONTACTS_TABLE_NAME: 'contacts',
      IDEMPOTENCY_TABLE_NAME: 'keys',
      API_KEYS_TABLE_NAME: 'api-keys',
      ...monitoringEnvironment,
    };
    const run = async (description: string, event: object) =>
      [description, await runBundle(stack.bundleOf(stack.functionDescribed(description)), event, environment, storedItem)] as const;
    runs = new Map(
      await Promise.all([
        ...[...routes, ...publicRoutes].map(route => run(descriptionOf(route), requestTo(route, api))),
        ...otherFunctions[api].map(description => run(description, { version: '2.0', headers: { 'x-api-key': 'any' } })),
      ]),
    );
  }, 120_000);

  afterAll(() => stack.remove());

  describe('the tables', () => {
    it('are kept when the stack goes, protected from deletion, and can be restored', () => {
      const tables = stack.resourcesOf('AWS::DynamoDB::GlobalTable');
      expect(tables).toHaveLength(api === 'http' ? 3 : 2);
      for (const table of tables) {
        expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
        expect(table.Properties).toMatchObject({
          BillingMode: 'PAY_PER_REQUEST',
          Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
        });
      }
    });

    it('have the keys that the handlers and the middleware use', () => {
      stack.template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        KeySchema: [
          { AttributeName: 'accountId', KeyType: 'HASH' },
          { AttributeName: 'contactId', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: Match.absent(),
      });
      stack.template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      });
    });

    it('go with a disposable stack, and so does everything else', () => {
      const disposable = new SynthesizedStack({ api, removalPolicy: RemovalPolicy.DESTROY });
      const isKept = ({ DeletionPolicy }: Resource) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete';
      expect(disposable.resources().filter(isKept)).toEqual([]);
      disposable.template.allResourcesProperties('AWS::DynamoDB::GlobalTable', { Replicas: [{ DeletionProtectionEnabled: false }] });
      disposable.remove();
    });
  });

  describe('the functions', () => {
    it('are one for each route, and what the kind of API needs', () => {
      const descriptions = stack.resourcesOf('AWS::Lambda::Function').map(({ Properties }) => Properties.Description);
      expect(descriptions.sort()).toEqual([...functions].sort());
    });

    it('run on Node.js 24 on ARM, traced, and end long before API Gateway gives up after 29 s', () => {
      stack.template.allResourcesProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: 512,
        Timeout: 10,
        ReservedConcurrentExecutions: Match.absent(),
        TracingConfig: { Mode: 'Active' },
      });
    });

    it.each(routes)('$name knows the tables it works on, and no other', route => {
      const fn = stack.functionDescribed(descriptionOf(route));
      const [contacts, idempotency] = [stack.tableWithKey('accountId'), stack.tableWithKey('id')];
      expect(fn.Properties.Environment.Variables).toEqual({
        NODE_OPTIONS: '--enable-source-maps',
        CONTACTS_TABLE_NAME: { Ref: contacts },
        ...(route.idempotent
          ? {
              IDEMPOTENCY_TABLE_NAME: { Ref: idempotency },
              IDEMPOTENCY_POLICY_URL: stack.output('PolicyUrl').Value,
              ...monitoringEnvironment,
            }
          : {}),
      });
      expect(grantsBesideLogs(fn).map(({ Resource }) => Resource)).toEqual([
        '*',
        arnOf(contacts),
        ...(route.idempotent ? [arnOf(idempotency)] : []),
      ]);
    });

    it.each(routes)('$name may do what its handler does, and no more', route => {
      const sent = runs.get(descriptionOf(route))?.actions;
      const grants = grantsBesideLogs(stack.functionDescribed(descriptionOf(route)));
      const [traces, contacts, idempotency] = grants.map(({ Action }) => new Set([Action].flat()));
      expect(traces).toEqual(new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']));
      expect(contacts).toEqual(sent?.get('contacts'));
      expect(idempotency).toEqual(route.idempotent ? new Set(storeActions) : undefined);
      // The claim and its end at least; none at all for a reader.
      expect([...(sent?.get('keys') ?? [])]).toEqual(route.idempotent ? expect.arrayContaining(['dynamodb:PutItem']) : []);
    });

    it.each(routes)('$name prints the metrics that the alarms and the dashboard read', route => {
      const metrics = runs.get(descriptionOf(route))?.printed.map(line => JSON.parse(line)) ?? [];
      expect(metrics).toHaveLength(route.idempotent ? 1 : 0);
      for (const metric of metrics) {
        expect(metric).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Contacts' }] }, service: 'contacts' });
      }
    });

    it.each(publicRoutes)('$name knows where the policy page is, and may do nothing', route => {
      const fn = stack.functionDescribed(descriptionOf(route));
      expect(fn.Properties.Environment.Variables).toEqual({
        NODE_OPTIONS: '--enable-source-maps',
        IDEMPOTENCY_POLICY_URL: stack.output('PolicyUrl').Value,
      });
      expect(grantsBesideLogs(fn).map(({ Resource }) => Resource)).toEqual(['*']);
      expect(runs.get(descriptionOf(route))?.actions.size).toBe(0);
    });

    it('give the page an URL that leads to its function', () => {
      const parts = stack.output('PolicyUrl').Value['Fn::Join'][1];
      const stage = api === 'http' ? '' : '/prod';
      expect(parts.at(-1)).toBe(`${stage}${policyResource}`);
      const [page] = publicRoutes;
      expect(page?.resource).toBe(policyResource);
    });

    it('are watched: their alarms and their dashboard are there', () => {
      stack.template.resourceCountIs('AWS::CloudWatch::Alarm', 4);
      stack.template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
      const dashboard = JSON.stringify(stack.only('AWS::CloudWatch::Dashboard').Properties.DashboardBody);
      const functions = stack.template.findResources('AWS::Lambda::Function');
      for (const [id, { Properties }] of Object.entries(functions)) {
        expect(dashboard.includes(`{"Ref":"${id}"}`)).toBe('POWERTOOLS_SERVICE_NAME' in Properties.Environment.Variables);
      }
    });

    it.each(otherFunctions[api])('%s may do what its handler does, and no more', description => {
      const [, ...grants] = grantsBesideLogs(stack.functionDescribed(description));
      const sent = [...(runs.get(description)?.actions.values() ?? [])];
      expect(grants.map(({ Action }) => new Set([Action].flat()))).toEqual(sent);
      expect(sent).toHaveLength(1);
    });

    it('may write to their own log group, and have no policy that is not written here', () => {
      for (const fn of stack.resourcesOf('AWS::Lambda::Function')) {
        expect(stack.statementsOf(fn)[0]).toEqual({
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: arnOf(fn.Properties.LoggingConfig.LogGroup.Ref),
        });
        const { ManagedPolicyArns, Policies } = stack.resource(fn.Properties.Role['Fn::GetAtt'][0]).Properties;
        expect([ManagedPolicyArns, Policies]).toEqual([undefined, undefined]);
      }
    });

    it('are each called by one part of the API alone', () => {
      const permissions = stack.resourcesOf('AWS::Lambda::Permission').map(({ Properties }) => Properties);
      expect(new Set(permissions.map(({ FunctionName }) => FunctionName['Fn::GetAtt'][0])).size).toBe(functions.length);
      expect(permissions).toHaveLength(functions.length);
      for (const { Action, Principal, SourceArn } of permissions) {
        expect([Action, Principal]).toEqual(['lambda:InvokeFunction', 'apigateway.amazonaws.com']);
        expect(JSON.stringify(SourceArn)).toContain('execute-api');
      }
    });

    it('keep their logs for a month, in JSON', () => {
      stack.template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
      stack.template.allResourcesProperties('AWS::Lambda::Function', {
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO' },
      });
      const groups = stack.resourcesOf('AWS::Lambda::Function').map(({ Properties }) => Properties.LoggingConfig.LogGroup.Ref);
      expect(new Set(groups).size).toBe(functions.length);
      for (const group of groups) expect(stack.resource(group).Type).toBe('AWS::Logs::LogGroup');
    });
  });

  describe('the bundles', () => {
    it.each(functions)('%s is one ES module with its source map', description => {
      const folder = stack.bundleOf(stack.functionDescribed(description));
      expect(readdirSync(folder).sort()).toEqual(['index.mjs', 'index.mjs.map']);
    });

    it.each(functions)('%s has none of the credential sources that a Lambda function never has, and is small', description => {
      const folder = stack.bundleOf(stack.functionDescribed(description));
      const { sources } = JSON.parse(readFileSync(join(folder, 'index.mjs.map'), 'utf8'));
      // The documentation has no client at all.
      const isDocumentation = publicRoutes.map(descriptionOf).includes(description);
      expect(sources.join('\n').includes('bin/credentials-left-out.ts')).toBe(!isDocumentation);
      expect(sources.join('\n').includes('@aws-sdk/client-dynamodb')).toBe(!isDocumentation);
      expect(sources.join('\n')).not.toMatch(
        /credential-provider-(ini|process|sso|web-identity|login)\/|nested-clients|token-providers|event-streams\//,
      );
      expect(statSync(join(folder, 'index.mjs')).size).toBeLessThan(400 * 1000);
    });

    it.each(functions)('%s runs with nothing beside it', description => {
      // Node.js 24 in Lambda refuses a handler with a third parameter: callbacks are gone.
      expect(runs.get(description)?.parameters).toBeLessThan(3);
      const { statusCode, isAuthorized } = runs.get(description)?.answer ?? {};
      if (description === authorizer) expect(isAuthorized).toBe(true);
      else expect(statusCode).toBeOneOf([200, 201, 204]);
    });
  });

  function grantsBesideLogs(fn: Resource) {
    return stack.statementsOf(fn).slice(1);
  }
});

/** With another address than the requests have, so that a change has to move it. */
const storedItem = {
  accountId: { S: 'acme' },
  contactId: { S: '01a20ce5-2d7b-702d-a1ed-e4190cd3dba6' },
  version: { N: '1' },
  name: { S: 'Old' },
  type: { S: 'lead' },
  email: { S: 'old@acme.example' },
};

/** A valid one; the body is of no use to GET and DELETE. */
function requestTo({ name, method, resource }: Route, api: ApiKind): object {
  const contact = { name: 'ACME Corp', type: 'client', email: 'info@acme.example' };
  const request = requestOf({
    dialect: api === 'http' ? 'http-api' : 'rest',
    method,
    path: resource,
    key: 'a-key',
    authorizer: { lambda: { accountId: 'acme' } },
    body: JSON.stringify(name === 'create-contacts' ? { contacts: [contact] } : contact),
  });
  return { ...request, pathParameters: { contactId: '01a20ce5-2d7b-702d-a1ed-e4190cd3dba6' } };
}
