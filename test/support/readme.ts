/** The code blocks of the README and the docs, for the tests that keep them true. */
import { readFile } from 'node:fs/promises';

export function readme(): Promise<string> {
  return pageOf('README.md');
}

export function readmeBlocks(language: string): Promise<string[]> {
  return codeBlocks('README.md', language);
}

/** `file`: from the project's root. */
export async function codeBlocks(file: string, language: string): Promise<string[]> {
  return [...(await pageOf(file)).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code]) => code ?? '');
}

function pageOf(file: string): Promise<string> {
  return readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
}
