import { readdirSync, readFileSync } from 'node:fs';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { IdempotencyTable, type IdempotencyTableProps, type IIdempotencyTable } from '../../lib/cdk/index.ts';
import { storeActions } from '../../lib/cdk/store-actions.ts';
import { idempotencyTableDefinition } from '../../lib/index.ts';
import { tableNameVariable } from '../../lib/store/table-schema.ts';

const tableType = 'AWS::DynamoDB::GlobalTable';

describe('the table', () => {
  it('has the keys and the billing of the table that the store is tested on', () => {
    const { KeySchema, AttributeDefinitions, BillingMode } = idempotencyTableDefinition('any');
    expect(onlyTable(withTable()).Properties).toMatchObject({ KeySchema, AttributeDefinitions, BillingMode });
  });

  it('expires items by the attribute that the store writes', () => {
    withTable().hasResourceProperties(tableType, { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } });
  });

  it('has no replica in another Region', () => {
    expect(onlyTable(withTable()).Properties.Replicas).toMatchObject([{ Region: { Ref: 'AWS::Region' } }]);
  });

  it('is kept when the stack goes, protected from deletion, and can be restored', () => {
    const template = withTable();
    template.hasResource(tableType, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(replicaOf(template)).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('can be deleted with the stack, and is not protected from that', () => {
    const template = withTable({ removalPolicy: RemovalPolicy.DESTROY });
    template.hasResource(tableType, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(replicaOf(template).DeletionProtectionEnabled).toBe(false);
  });

  it.each([
    { removalPolicy: RemovalPolicy.DESTROY, deletionProtection: true },
    { removalPolicy: RemovalPolicy.RETAIN, deletionProtection: false },
  ])('is protected from deletion as the stack says: %o', props => {
    expect(replicaOf(withTable(props)).DeletionProtectionEnabled).toBe(props.deletionProtection);
  });

  it('does without recovery and takes a name when told so', () => {
    const template = withTable({ pointInTimeRecovery: false, tableName: 'keys' });
    template.hasResourceProperties(tableType, { TableName: 'keys' });
    expect(replicaOf(template).PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: false });
  });

  it('is encrypted with the key of DynamoDB unless told otherwise', () => {
    withTable().hasResourceProperties(tableType, { SSESpecification: Match.absent() });
    withTable({ encryption: TableEncryptionV2.awsManagedKey() }).hasResourceProperties(tableType, {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
  });

  it('is the primary child of its construct', () => {
    const table = new IdempotencyTable(newStack(), 'Idempotency');
    expect(table.node.defaultChild).toBe(table.table);
    expect(table.table.node.id).toBe('Resource');
  });
});

describe('grantReadWrite', () => {
  it('permits the calls that the store can send, and no other', () => {
    expect([...storeActions].sort()).toEqual(commandsOfTheStore().map(command => `dynamodb:${command}`));
  });

  it('permits them on this table alone', () => {
    const stack = newStack();
    const table = new IdempotencyTable(stack, 'Idempotency');
    table.grantReadWrite(newRole(stack));
    const template = Template.fromStack(stack);
    const Resource = { 'Fn::GetAtt': [onlyTable(template).id, 'Arn'] };
    expect(statementsIn(template)).toEqual([{ Effect: 'Allow', Action: storeActions, Resource }]);
  });

  it('permits the use of a customer managed key', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1' } });
    const key = new Key(stack, 'Key');
    const table = new IdempotencyTable(stack, 'Idempotency', { encryption: TableEncryptionV2.customerManagedKey(key) });
    table.grantReadWrite(newRole(stack));
    const template = Template.fromStack(stack);
    template.hasResourceProperties(tableType, { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
    expect(statementsIn(template)).toContainEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
      Resource: stack.resolve(key.keyArn),
    });
  });
});

describe('connect', () => {
  it('permits the calls and names the table where the middleware looks', () => {
    const stack = newStack();
    const table = new IdempotencyTable(stack, 'Idempotency');
    table.connect(newFunction(stack));
    const template = Template.fromStack(stack);
    const { id } = onlyTable(template);
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { [tableNameVariable]: { Ref: id } } } });
    expect(statementsIn(template)).toEqual([{ Effect: 'Allow', Action: storeActions, Resource: { 'Fn::GetAtt': [id, 'Arn'] } }]);
  });
});

describe('an imported table', () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/keys';

  it('is found by its name, in the account and Region of the stack', () => {
    const { name, resource } = connected(stack => IdempotencyTable.fromTableName(stack, 'Imported', 'keys'));
    const inStack = [{ Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }];
    expect(name).toBe('keys');
    expect(resource).toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':dynamodb:', ...inStack, ':table/keys']] });
  });

  it('is found by its ARN', () => {
    const { name, resource } = connected(stack => IdempotencyTable.fromTableArn(stack, 'Imported', arn));
    expect(name).toBe('keys');
    expect(resource).toBe(arn);
  });

  it('may be a table that the same stack makes otherwise', () => {
    const { name, template } = connected(stack => {
      const own = TableV2.fromTableName(stack, 'Own', 'own');
      return IdempotencyTable.fromTableArn(stack, 'Imported', own.tableArn);
    });
    expect(name).toBe('own');
    template.resourceCountIs(tableType, 0);
  });

  it('brings the permission to use its customer managed key', () => {
    const encryptionKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234';
    const { template } = connected(stack => {
      const encryptionKey = Key.fromKeyArn(stack, 'Key', encryptionKeyArn);
      return IdempotencyTable.fromTableAttributes(stack, 'Imported', { tableArn: arn, encryptionKey });
    });
    expect(statementsIn(template)).toContainEqual(
      expect.objectContaining({ Action: expect.arrayContaining(['kms:Decrypt']), Resource: encryptionKeyArn }),
    );
  });

  it.each([{}, { tableName: 'keys', tableArn: arn }])('is refused when it is named by neither or both: %o', attributes => {
    expect(() => IdempotencyTable.fromTableAttributes(newStack(), 'Imported', attributes)).toThrow(/tableName|tableArn/);
  });
});

function withTable(props?: IdempotencyTableProps): Template {
  const stack = newStack();
  new IdempotencyTable(stack, 'Idempotency', props);
  return Template.fromStack(stack);
}

function connected(importTable: (stack: Stack) => IIdempotencyTable) {
  const stack = newStack();
  importTable(stack).connect(newFunction(stack));
  const template = Template.fromStack(stack);
  const [fn] = Object.values(template.findResources('AWS::Lambda::Function'));
  const [statement] = statementsIn(template).filter(({ Action }) => Action.includes('dynamodb:PutItem'));
  expect(statement?.Action).toEqual(storeActions);
  return { name: fn?.Properties.Environment.Variables[tableNameVariable], resource: statement?.Resource, template };
}

function onlyTable(template: Template) {
  const [table, ...others] = Object.entries(template.findResources(tableType));
  if (table === undefined || others.length > 0) throw new Error('the template must have one table');
  return { id: table[0], Properties: table[1].Properties };
}

function replicaOf(template: Template) {
  return onlyTable(template).Properties.Replicas[0];
}

function statementsIn(template: Template): { readonly Action: readonly string[]; readonly Resource: unknown }[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** Every command of DynamoDB that lib/store makes: a new one must be granted, and explained, in store-actions.ts. */
function commandsOfTheStore(): string[] {
  const folder = new URL('../../lib/store/', import.meta.url);
  const sources = readdirSync(folder).map(file => readFileSync(new URL(file, folder), 'utf8'));
  const found = (pattern: RegExp) => sources.flatMap(source => [...source.matchAll(pattern)].map(([, name]) => name ?? ''));
  const commands = found(/^(?! \*).*new (\w+)Command\(/gm).filter(name => name !== 'TransactWriteItems');
  const partsOfTransactions = found(/\b(Put|Update|Delete|ConditionCheck): \{/g).map(part => `${part}Item`);
  return [...new Set([...commands, ...partsOfTransactions])].sort();
}

function newStack(): Stack {
  return new Stack(new App(), 'Stack');
}

function newRole(stack: Stack): Role {
  return new Role(stack, 'Role', { assumedBy: new AccountPrincipal('111122223333') });
}

function newFunction(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Function', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//') });
}
