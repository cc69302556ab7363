/** The command line as an operator runs it: in a process of its own. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { dynamoDbEndpoint } from './dynamodb.ts';

const main = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url));

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where DynamoDB is, if it isn't where the tests have it. */
  readonly endpoint?: string;
  readonly input?: string;
}

export async function runCli(args: readonly string[], { env = {}, endpoint = dynamoDbEndpoint(), input = '' }: CliOptions = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      DYNAMODB_ENDPOINT: endpoint,
      ...env,
    },
  });
  child.stdin.end(input);
  const closed = new Promise<number | null>(resolve => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}
