/** The package as a user gets it: packed, installed, type-checked, bundled and run. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idempotencyTableDefinition } from '../../lib/index.ts';
import ours from '../../package.json' with { type: 'json' };
import restEvent from '../fixtures/rest-api-key.json' with { type: 'json' };
import { createTable, dynamoDbEndpoint } from '../support/dynamodb.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = (name: string) => join(root, 'node_modules', '.bin', name);

let packFolder: string;
let packed: { readonly filename: string; readonly size: number; readonly files: readonly { readonly path: string }[] };

beforeAll(async () => {
  packFolder = await mkdtemp(join(tmpdir(), 'packed-'));
  // `npm pack` builds first (`prepack`).
  [packed] = JSON.parse(await run('npm', ['pack', '--json', '--silent', '--pack-destination', packFolder], root));
}, 180_000);

afterAll(async () => {
  await rm(packFolder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('has the build, its types and maps, and what a reader needs; no tests, engines or apps', () => {
    const kinds = new Set(packed.files.map(({ path }) => path.replace(/^dist\/.*?(?=(\.d)?\.\w+(\.map)?$)/, 'dist/*')));
    expect([...kinds].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/*.d.ts',
      'dist/*.js',
      'dist/*.js.map',
      'package.json',
    ]);
  });

  it('is small', () => {
    expect(packed.size).toBeLessThan(250_000);
  });

  it('passes publint', async () => {
    expect(await run(binary('publint'), ['run', '--strict', packed.filename], packFolder)).toContain('All good');
  });

  // ES modules only: what `require` gets in Node.js 22.12 and newer, the consumer below shows.
  it('has types that resolve from every module system that it supports', { timeout: 60_000 }, async () => {
    const report = await run(binary('attw'), [packed.filename, '--profile', 'esm-only', '--format', 'json'], packFolder);
    expect(JSON.parse(report).analysis).toMatchObject({ types: { kind: 'included' } });
  });
});

describe.each([
  ['the versions that this project has', versionsHere],
  ['the lowest versions that it allows', lowestVersions],
])('a project that installed it beside %s', (_which, versions) => {
  let folder: string;
  let faults: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'consumer-'));
    await cp(new URL('consumer', import.meta.url), folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify(consumerPackage(versions())));
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent'], folder);
    // It writes JavaScript in any case.
    faults = await run(process.execPath, [binary('tsc'), '-p', folder], folder).then(
      () => '',
      error => error.cause.stdout,
    );
  }, 180_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('has these versions', async () => {
    for (const [name, version] of Object.entries(versions())) {
      expect(JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version).toBe(version);
    }
  });

  it('has types that need no more than it installed', () => {
    // Middy 7 names a package there that it doesn't install: its own, optional, durable functions.
    expect(faults.split('\n').filter(fault => fault !== '' && !fault.startsWith('node_modules/@middy/core/'))).toEqual([]);
  });

  it.each([
    ['an ES module', 'built/middleware.js'],
    ['CommonJS', 'built/wrapper.cjs'],
  ])('runs it from %s', async (_what, file) => {
    await expectReplay(folder, file);
  });

  it('has the command line', async () => {
    expect(await run(join(folder, 'node_modules/.bin/middy-idempotency-key'), ['--help'], folder)).toContain('Exit codes:');
  });

  it.each([
    ['built/middleware.js', 'bundle.mjs', ['--format=esm', '--main-fields=module,main']],
    ['built/wrapper.cjs', 'bundle.cjs', ['--format=cjs']],
  ])('bundles %s with esbuild', async (file, bundle, format) => {
    const options = ['--bundle', '--platform=node', '--target=node22', '--minify', ...format, `--outfile=${bundle}`];
    await run(binary('esbuild'), [file, ...options], folder);
    await expectReplay(folder, bundle);
    expect(await readFile(join(folder, bundle), 'utf8')).not.toContain('aws-cdk-lib');
  });
});

async function expectReplay(folder: string, file: string): Promise<void> {
  const event = { ...restEvent, httpMethod: 'POST', headers: { ...restEvent.headers, 'Idempotency-Key': 'k' } };
  const script = `
    const { handler } = await import(process.argv[1]);
    const context = () => ({ getRemainingTimeInMillis: () => 9000 });
    const event = JSON.parse(process.argv[2]);
    console.log(JSON.stringify([await handler(event, context()), await handler(event, context())]));`;
  const env = {
    ...process.env,
    IDEMPOTENCY_TABLE_NAME: await createTable(idempotencyTableDefinition),
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint(),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const args = ['--input-type=module', '-e', script, join(folder, file), JSON.stringify(event)];
  const [first, second] = JSON.parse(await run(process.execPath, args, folder, env));
  expect(first.statusCode).toBe(201);
  expect(second).toEqual({ ...first, headers: { 'Idempotent-Replayed': 'true' } });
}

/** Of the SDK and Middy. */
const peers = ['@middy/core', '@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'] as const;
const marshaller = '@aws-sdk/util-dynamodb';

function versionsHere(): Readonly<Record<string, string>> {
  return Object.fromEntries(peers.map(name => [name, ours.devDependencies[name]]));
}

function lowestVersions(): Readonly<Record<string, string>> {
  const ranges = [...peers.map(name => [name, ours.peerDependencies[name]] as const), [marshaller, ours.dependencies[marshaller]] as const];
  return Object.fromEntries(ranges.map(([name, range]) => [name, /\d+\.\d+\.\d+/.exec(range)?.[0] ?? range]));
}

/** The CDK, which is large, is the one that is here. */
function consumerPackage(versions: Readonly<Record<string, string>>): object {
  const linked = (name: string) => `file:${join(root, 'node_modules', name)}`;
  const { '@types/aws-lambda': lambdaTypes, '@types/node': nodeTypes } = ours.devDependencies;
  return {
    private: true,
    type: 'module',
    dependencies: {
      'middy-idempotency-key': `file:${join(packFolder, packed.filename)}`,
      '@types/aws-lambda': lambdaTypes,
      '@types/node': nodeTypes,
      'aws-cdk-lib': linked('aws-cdk-lib'),
      constructs: linked('constructs'),
      ...versions,
    },
  };
}

/** @returns standard output; a failure's message has the end of both outputs */
async function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, env, timeout: 170_000, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} failed: ${stdout?.slice(-2000)}${stderr?.slice(-2000)}`, { cause: error });
  }
}
