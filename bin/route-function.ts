/** One route's function: its handler, and permission for what that does to the contacts table. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { contactsTable } from '../handlers/contacts-table-schema.ts';
import type { Route } from '../handlers/routes.ts';
import { ContactsFunction } from './contacts-function.ts';

export interface RouteFunctionProps {
  readonly route: Route;
  readonly contacts: ITable;
  readonly removalPolicy: RemovalPolicy;
}

export class RouteFunction extends ContactsFunction {
  constructor(scope: Construct, id: string, { route, contacts, removalPolicy }: RouteFunctionProps) {
    super(scope, id, {
      description: `${route.method} ${route.resource}`,
      entry: route.entry,
      environment: { [contactsTable.environmentVariable]: contacts.tableName },
      removalPolicy,
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
