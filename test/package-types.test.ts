/** The published types, read as a user's compiler reads them: with the packages that package.json declares, and none besides. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'consumer-'));
  const installed = join(project, 'node_modules/middy-idempotency-key');
  await mkdir(installed, { recursive: true });
  await cp(join(root, 'package.json'), join(installed, 'package.json'));
  await compile(root, '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', join(installed, 'dist'));
  // The SDK's own types need those of Node.js.
  for (const name of ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb', '@aws-sdk/util-dynamodb', '@types/node']) {
    await mkdir(dirname(join(project, 'node_modules', name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name));
  }
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  const compilerOptions = { target: 'es2023', module: 'nodenext', strict: true, skipLibCheck: false, noEmit: true, types: ['node'] };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
}, 120_000);
afterAll(() => rm(project, { recursive: true }));

async function compile(cwd: string, ...options: readonly string[]): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, ...options], { cwd }).catch(error => error);
  return stdout;
}

it('need neither Middy nor the types of Lambda', { timeout: 120_000 }, async () => {
  await writeFile(
    join(project, 'handler.ts'),
    `import { idempotency, idempotent } from 'middy-idempotency-key';
    export const protection = idempotency({ tableName: 'table' }).around([]);
    export const handler = idempotent(async (event: { body: string }, context) => ({ statusCode: 201, body: event.body + context.idempotency.key }));
    `,
  );
  expect(await compile(project)).toBe('');
});

it('notice what does not fit', { timeout: 120_000 }, async () => {
  await writeFile(join(project, 'handler.ts'), `import { idempotency } from 'middy-idempotency-key'; idempotency({ waitMs: '3s' });`);
  expect(await compile(project)).toContain("Type 'string' is not assignable to type 'number'");
});
