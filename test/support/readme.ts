/** The README's code blocks, for the tests that keep them true. */
import { readFile } from 'node:fs/promises';

export async function readmeBlocks(language: string): Promise<string[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, found]) => found === language).map(([, , code]) => code ?? '');
}
