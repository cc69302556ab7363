/** What a page gets: the client alone, small, and made of nothing that only Node.js has. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('the bundle is of the client’s own files, and under 12 KB, 5 KB compressed', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['lib/client/index.ts'],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    // As a browser would: what is Node's can't be found, and fails the build.
    platform: 'browser',
    write: false,
    metafile: true,
  });
  for (const file of Object.keys(metafile.inputs)) expect(file).toMatch(/^lib\/client\//);
  const [bundle] = outputFiles;
  expect(bundle?.contents.byteLength).toBeLessThan(12_000);
  expect(gzipSync(bundle?.contents ?? '').byteLength).toBeLessThan(5_000);
});

it('its types are a page’s as well as Node’s', { timeout: 60_000 }, async () => {
  const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', new URL('../../', import.meta.url)));
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', 'test/client/tsconfig.dom.json'], { cwd: root }).catch(
    error => error,
  );
  expect(stdout).toBe('');
});
