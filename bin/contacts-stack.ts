/** The contacts API in AWS: its tables, a function for each route, and the REST API before them. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { IdempotencyTable } from 'middy-idempotency-key/cdk';
import { contactsTable } from '../handlers/contacts-table-schema.ts';
import { routes } from '../handlers/routes.ts';
import { ContactsApi } from './contacts-api.ts';
import { ContactsFunction } from './contacts-function.ts';

export interface ContactsStackProps extends StackProps {
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
    const api = new ContactsApi(this, 'Api', { removalPolicy });
    for (const route of routes) {
      const fn = new ContactsFunction(this, route.name, { route, contacts, removalPolicy });
      if (route.idempotent) idempotency.connect(fn);
      api.addRoute(route, fn);
    }
    new CfnOutput(this, 'ContactsUrl', { value: api.urlForPath('/api/v1/developers/contacts') });
    new CfnOutput(this, 'ApiKeyCommand', {
      description: 'Prints the value to send as x-api-key',
      value: `aws apigateway get-api-key --api-key ${api.apiKey.keyId} --include-value --query value --output text`,
    });
  }
}
