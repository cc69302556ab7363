/** Starts a DynamoDB on this machine: for the local API, and for the tests. */
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { isDynoxideInstalled, startDynoxide } from './dynoxide.ts';
import { isJavaInstalled } from './java.ts';

export { startDynamoDbLocal, startDynoxide };

export interface EmbeddedDynamoDb {
  readonly engine: 'external' | 'dynoxide' | 'DynamoDB Local';
  readonly endpoint: string;
  /** Resolves when the engine is gone. An external one is left alone. */
  stop(): Promise<void>;
}

/**
 * The first of these that there is: the DynamoDB at `DYNAMODB_ENDPOINT`, dynoxide (ready at once, linux-x64 only), DynamoDB Local.
 *
 * @throws Error that names the ways out, when there is none
 */
export async function startDynamoDb(env: NodeJS.ProcessEnv = process.env): Promise<EmbeddedDynamoDb> {
  const endpoint = env.DYNAMODB_ENDPOINT;
  if (endpoint !== undefined && endpoint !== '') return { engine: 'external', endpoint: checkedUrl(endpoint), stop: async () => {} };
  if (isDynoxideInstalled()) return startDynoxide();
  if (await isJavaInstalled()) return startDynamoDbLocal();
  throw new Error(
    'no DynamoDB to run on: install Java 17 or newer (DynamoDB Local needs it), or set DYNAMODB_ENDPOINT to a DynamoDB that is running; on linux-x64, `npm ci` also brings one that needs neither',
  );
}

function checkedUrl(endpoint: string): string {
  if (!URL.canParse(endpoint))
    throw new Error(`DYNAMODB_ENDPOINT must be a URL such as http://localhost:8000, got ${JSON.stringify(endpoint)}`);
  return endpoint;
}
