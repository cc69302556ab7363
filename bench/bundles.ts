/** Bundles of minimal handlers: their size, and how long a new process takes to load one and to answer its first request. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { BuildOptions } from 'esbuild';
import { functionBundling } from '../bin/function-bundling.ts';
import { bundle, esbuildOptions } from '../test/support/bundle.ts';
import { requestWith } from './contenders.ts';
import { median, percentile, printTable } from './report.ts';
import { shuffled } from './times.ts';

const handlers = {
  'this, Middy': 'ours',
  'Powertools, Middy': 'powertools-middy',
  'Powertools, wrapper': 'powertools-wrapper',
  'by hand': 'by-hand',
} as const;

const ourOptions = esbuildOptions(functionBundling);
/** This package is not built here: its sources are what its users' bundlers find as JavaScript. */
const ownSources = { conditions: ['middy-idempotency-key:source', 'module'], target: 'node24' };

/** The CDK's defaults leave the SDK to the Lambda runtime; here it is in node_modules. */
const bundlings: Readonly<Record<string, BuildOptions>> = {
  'bin/function-bundling.ts': ourOptions,
  "the CDK's defaults": { ...ownSources, external: ['@aws-sdk/*', '@smithy/*'] },
  "esbuild's defaults, minified": { ...ownSources, minify: true },
};

const rounds = 15;

export async function bundlesBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'));
  const dynamoDb = createServer((request, response) => {
    request.resume().once('end', () => response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}'));
  });
  await once(dynamoDb.listen(0, '127.0.0.1'), 'listening');
  try {
    console.log('\nBundles, without what is external: bytes, and gzipped');
    printTable(await Promise.all(Object.entries(handlers).map(([name, handler]) => sizesOf(name, handler, folder))));
    const files = Object.keys(bundlings).flatMap(bundling =>
      Object.entries(handlers).map(([name, handler]) => ({ bundling, name, handler })),
    );
    const subjects = await Promise.all(files.map(async file => ({ ...file, ...(await written(file.bundling, file.handler, folder)) })));
    const times = new Map(subjects.map(({ file }) => [file, [] as Start[]]));
    // The server listens on a port, so this is the address of one.
    const { port } = dynamoDb.address() as AddressInfo;
    for (let round = -1; round < rounds; round++) {
      for (const { file } of shuffled(subjects)) {
        const start = await startOf(file, `http://127.0.0.1:${port}`);
        if (round >= 0) times.get(file)?.push(start);
      }
    }
    const reference = subjects.find(({ bundling, name }) => bundling === "the CDK's defaults" && name === 'Powertools, Middy');
    const yardstick = median((times.get(reference?.file ?? '') ?? []).map(({ ready }) => ready));
    console.log(`\nCold start, ms: medians (quartiles) of ${rounds} processes each; × Powertools' middleware with the CDK's defaults`);
    printTable(
      subjects.map(({ bundling, name, file }) => {
        const own = times.get(file) ?? [];
        const cell = (of: (start: Start) => number) => spread(own.map(of));
        return {
          bundling,
          handler: name,
          load: cell(({ load }) => load),
          'first request': cell(({ request }) => request),
          both: cell(({ ready }) => ready),
          'whole process': cell(({ whole }) => whole),
          '×': (median(own.map(({ ready }) => ready)) / yardstick).toFixed(2),
        };
      }),
    );
  } finally {
    dynamoDb.closeAllConnections();
    dynamoDb.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sizesOf(name: string, handler: string, folder: string) {
  const cells: Record<string, string> = { handler: name };
  for (const bundling of Object.keys(bundlings)) cells[bundling] = sizes((await written(bundling, handler, folder)).file);
  const own = { ...ourOptions, external: ['@aws-sdk/*', '@smithy/*', '@middy/*'] };
  const file = join(folder, 'external', handler, 'index.mjs');
  await bundle(entryOf(handler), file, own);
  return { ...cells, 'as the first, SDK and Middy external': sizes(file) };
}

async function written(bundling: string, handler: string, folder: string): Promise<{ readonly file: string }> {
  const options = bundlings[bundling] ?? {};
  const place = join(folder, String(Object.keys(bundlings).indexOf(bundling)), handler);
  mkdirSync(place, { recursive: true });
  const file = join(place, options.format === 'esm' ? 'index.mjs' : 'index.cjs');
  await bundle(entryOf(handler), file, options);
  return { file };
}

function entryOf(handler: string): string {
  return fileURLToPath(new URL(`handlers/${handler}.ts`, import.meta.url));
}

function sizes(file: string): string {
  const bytes = readFileSync(file);
  return `${bytes.byteLength} (${gzipSync(bytes).byteLength})`;
}

interface Start {
  readonly load: number;
  readonly request: number;
  /** Loaded, and the first request answered. */
  readonly ready: number;
  /** From the start of the process to its end. */
  readonly whole: number;
}

/** Lambda's runtime asks for its events over HTTP, and has loaded Node's module for it before the function. */
const script = `
  import 'node:http';
  const [file, event] = process.argv.slice(1);
  const startedAt = performance.now();
  const { handler } = await import(file);
  const loadedAt = performance.now();
  await handler(JSON.parse(event), { getRemainingTimeInMillis: () => 9000 });
  const answeredAt = performance.now();
  console.log(JSON.stringify({ load: loadedAt - startedAt, request: answeredAt - loadedAt, ready: answeredAt - startedAt }));
  process.exit();`;

async function startOf(file: string, endpoint: string): Promise<Start> {
  const startedAt = performance.now();
  const event = JSON.stringify(requestWith('a-key'));
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file, event], {
    env: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      IDEMPOTENCY_TABLE_NAME: 'keys',
    },
  });
  return { ...JSON.parse(stdout), whole: performance.now() - startedAt };
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(0)} (${percentile(values, 0.25).toFixed(0)}–${percentile(values, 0.75).toFixed(0)})`;
}
