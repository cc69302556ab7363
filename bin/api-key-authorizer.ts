/** API keys for the HTTP API: the table that has their hashes, and the Lambda authorizer that looks there. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { apiKeysTable } from '../handlers/api-keys-table-schema.ts';
import type { ContactsApi, ContactsApiProps } from './contacts-api.ts';
import { ContactsFunction } from './contacts-function.ts';

export class ApiKeyAuthorizer extends Construct {
  readonly authorizer: HttpLambdaAuthorizer;
  readonly apiKeyCommand: ContactsApi['apiKeyCommand'];

  constructor(scope: Construct, id: string, { removalPolicy }: ContactsApiProps) {
    super(scope, id);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: apiKeysTable.partitionKey, type: AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    const fn = new ContactsFunction(this, 'Function', {
      description: 'Authorizer: x-api-key to account',
      entry: 'authorize.ts',
      environment: { [apiKeysTable.environmentVariable]: table.tableName },
      removalPolicy,
    });
    table.grant(fn, 'dynamodb:GetItem');
    this.authorizer = new HttpLambdaAuthorizer('Authorizer', fn, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // Without it the answer is 401, and the function isn't called.
      identitySource: ['$request.header.x-api-key'],
      // What saves a busy client most calls. A key that is taken away may still work for as long.
      resultsCacheTtl: Duration.minutes(1),
    });
    this.apiKeyCommand = commandFor(table.tableName);
  }
}

/** The key is made where the command is run; the table gets its hash. */
function commandFor(tableName: string): ContactsApi['apiKeyCommand'] {
  const { partitionKey, account } = apiKeysTable;
  const item = `{\\"${partitionKey}\\":{\\"S\\":\\"$hash\\"},\\"${account}\\":{\\"S\\":\\"$account\\"}}`;
  return {
    description: 'Makes an API key for an account (its name may be changed), and prints the value to send as x-api-key',
    value: [
      'account=acme',
      'key=$(openssl rand -hex 32)',
      `hash=$(printf %s "$key" | openssl dgst -sha256 -r | cut -d' ' -f1)`,
      `aws dynamodb put-item --table-name ${tableName} --item "${item}" && echo "$key"`,
    ].join('; '),
  };
}
