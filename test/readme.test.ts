import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../lib/options.ts';
import { newClient } from './support/dynamodb.ts';
import { codeBlocks, readmeBlocks } from './support/readme.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

describe('the README and the docs', () => {
  it('has no code that does not compile', { timeout: 60_000 }, async () => {
    const pages = await Promise.all(['docs/guarantees.md', 'docs/operations.md'].map(page => codeBlocks(page, 'ts')));
    const blocks = [...(await readmeBlocks('ts')), ...pages.flat()];
    expect(blocks.length).toBeGreaterThan(4);
    // Inside the package, so that its own name resolves as it does for a user.
    const folder = await mkdtemp(join(root, '.readme-'));
    try {
      await Promise.all(blocks.map((code, index) => writeFile(join(folder, `block-${index}.ts`), code)));
      const config = {
        extends: '../tsconfig.json',
        compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
        include: ['*.ts'],
      };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const { stdout } = await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(error => error);
      expect(stdout).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names no npm script that does not exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const text = await readFile(join(root, 'README.md'), 'utf8');
    const named = [...text.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it('lists every option, and none that does not exist', async () => {
    const text = await readFile(join(root, 'README.md'), 'utf8');
    const table = text.slice(text.indexOf('## Options'), text.indexOf('## Develop'));
    const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    let known: string[] = [];
    try {
      readOptions({ nonsense: true } as never);
    } catch (error) {
      known = /the options are (.*)$/.exec(String(error))?.[1]?.split(', ') ?? [];
    }
    expect(listed.toSorted()).toEqual(known.toSorted());
    expect(() => readOptions({ tableName: 'table', client: newClient() })).not.toThrow();
  });
});
