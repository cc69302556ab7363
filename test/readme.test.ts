import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
    const docs = (await readdir(join(root, 'docs'))).filter(page => page.endsWith('.md'));
    const pages = await Promise.all(docs.map(page => codeBlocks(`docs/${page}`, 'ts')));
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

  it('names no file that does not exist', async () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', ...(await readdir(join(root, 'docs'))).map(name => `docs/${name}`)]) {
      const text = await readFile(join(root, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        await expect(access(join(root, dirname(page), target)), `${page}: ${target}`).resolves.toBeUndefined();
      }
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
