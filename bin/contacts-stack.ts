/** The contacts API in AWS: its tables, a function for each route, and the REST or HTTP API before them. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { IdempotencyMonitoring, IdempotencyTable } from 'middy-idempotency-key/cdk';
import { contactsTable } from '../handlers/contacts-table-schema.ts';
import { policyUrlVariable } from '../handlers/policy-url.ts';
import { publicRoutes, routes } from '../handlers/routes.ts';
import type { ApiKind } from './contacts-api.ts';
import { ContactsFunction } from './contacts-function.ts';
import { ContactsHttpApi } from './contacts-http-api.ts';
import { ContactsRestApi } from './contacts-rest-api.ts';
import { RouteFunction } from './route-function.ts';

export interface ContactsStackProps extends StackProps {
  /**
   * The kind of API in front: a REST API, with API keys and a usage plan, or an HTTP API, with an authorizer.
   *
   * @default 'rest'
   */
  readonly api?: ApiKind;

  /**
   * What becomes of the tables and the logs when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

export class ContactsStack extends Stack {
  constructor(scope: Construct, id: string, props: ContactsStackProps = {}) {
    super(scope, id, { description: 'The contacts API: mutations that are safe to retry', ...props });
    const { removalPolicy = RemovalPolicy.RETAIN } = props;
    const contacts = new TableV2(this, 'ContactsTable', {
      partitionKey: { name: contactsTable.partitionKey, type: AttributeType.STRING },
      sortKey: { name: contactsTable.sortKey, type: AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    const idempotency = new IdempotencyTable(this, 'Idempotency', { removalPolicy });
    const monitoring = new IdempotencyMonitoring(this, 'Monitoring', {
      table: idempotency,
      namespace: 'Contacts',
      serviceName: 'contacts',
    });
    const api =
      props.api === 'http' ? new ContactsHttpApi(this, 'HttpApi', { removalPolicy }) : new ContactsRestApi(this, 'Api', { removalPolicy });
    for (const route of routes) {
      const fn = new RouteFunction(this, route.name, { route, contacts, removalPolicy });
      if (route.idempotent) {
        idempotency.connect(fn);
        monitoring.connect(fn);
        fn.addEnvironment(policyUrlVariable, api.policyUrl);
      }
      api.addRoute(route, fn);
    }
    for (const route of publicRoutes) {
      const fn = new ContactsFunction(this, route.name, {
        description: `${route.method} ${route.resource}`,
        entry: route.entry,
        environment: { [policyUrlVariable]: api.policyUrl },
        removalPolicy,
      });
      api.addPublicRoute(route, fn);
    }
    new CfnOutput(this, 'ContactsUrl', { value: api.contactsUrl });
    new CfnOutput(this, 'PolicyUrl', { value: api.policyUrl });
    new CfnOutput(this, 'ApiKeyCommand', api.apiKeyCommand);
  }
}
