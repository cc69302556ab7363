/** One route's Lambda function: its handler, bundled, and permission for what that does to the contacts table. */
import { fileURLToPath } from 'node:url';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { contactsTable } from '../handlers/contacts-table-schema.ts';
import type { Route } from '../handlers/routes.ts';
import { functionBundling } from './function-bundling.ts';

export interface ContactsFunctionProps {
  readonly route: Route;
  readonly contacts: ITable;
  readonly removalPolicy: RemovalPolicy;
}

export class ContactsFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { route, contacts, removalPolicy }: ContactsFunctionProps) {
    super(scope, id, {
      description: `${route.method} ${route.resource}`,
      entry: inProject(`handlers/${route.entry}`),
      projectRoot: inProject('.'),
      depsLockFilePath: inProject('package-lock.json'),
      bundling: functionBundling,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      // A crashed attempt holds its key for this long and a second. Three seconds may go to waiting for another attempt.
      timeout: Duration.seconds(10),
      environment: { [contactsTable.environmentVariable]: contacts.tableName, NODE_OPTIONS: '--enable-source-maps' },
      // The AWS SDK of today keeps connections alive without being told.
      awsSdkConnectionReuse: false,
      tracing: Tracing.ACTIVE,
      logGroup: new LogGroup(scope, `${id}-logs`, { retention: RetentionDays.ONE_MONTH, removalPolicy }),
    });
    contacts.grant(this, ...contactsActions(route));
  }
}

/** What the route's handler sends. A transaction needs the permission of each of its parts, and none of its own. */
function contactsActions({ name }: Route): readonly string[] {
  switch (name) {
    case 'create-contact':
    case 'create-contacts':
      return ['dynamodb:PutItem'];
    case 'list-contacts':
      return ['dynamodb:Query'];
    case 'get-contact':
      return ['dynamodb:GetItem'];
    case 'replace-contact':
    case 'update-contact':
      return ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'];
    case 'delete-contact':
      return ['dynamodb:GetItem', 'dynamodb:DeleteItem'];
    default:
      throw new Error(`what may the function "${name}" do to the contacts table? Add it to contactsActions`);
  }
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
