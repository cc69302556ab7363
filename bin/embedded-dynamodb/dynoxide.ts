/** dynoxide: DynamoDB's API on SQLite, in one binary that comes as an npm package, for linux-x64 only. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { EmbeddedDynamoDb } from './index.ts';
import { startServer } from './server-process.ts';

const { resolve } = createRequire(import.meta.url);

export function isDynoxideInstalled(): boolean {
  try {
    binary();
    return true;
  } catch {
    return false;
  }
}

export async function startDynoxide(): Promise<EmbeddedDynamoDb> {
  const server = await startServer('dynoxide', port => ({ command: binary(), args: ['--host', '127.0.0.1', '--port', String(port)] }));
  return { engine: 'dynoxide', ...server };
}

function binary(): string {
  return join(dirname(resolve('@dynoxide/linux-x64/package.json')), 'dynoxide');
}
