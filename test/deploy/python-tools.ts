/** The programs of `requirements.txt`, in a virtual environment of this project's own. Made once for each version of that file. */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

export type PythonTools = { readonly folder: string } | { readonly missing: string };

/**
 * Where the programs are; or what is missing on this machine to have them.
 *
 * @throws in CI (the environment has `CI`), when there is Python and the programs can't be installed all the same
 */
export function pythonTools(): PythonTools {
  if (!hasPython()) return { missing: 'Python 3.10 or newer' };
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const environment = join(cache, `python-tools-${version}`);
  const folder = join(environment, 'bin');
  const done = join(environment, 'installed');
  if (existsSync(done)) return { folder };
  rmSync(environment, { recursive: true, force: true });
  try {
    run('python3', ['-m', 'venv', environment]);
    run(join(folder, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  } catch (error) {
    // There, nothing is left out because a package index was away.
    if (process.env.CI) throw error;
    return { missing: `Python's venv module (on Debian: apt-get install python3-venv) and a package index for its pip: ${error}` };
  }
  writeFileSync(done, '');
  return { folder };
}

function hasPython(): boolean {
  try {
    run('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']);
    return true;
  } catch {
    return false;
  }
}

function run(command: string, args: readonly string[]): void {
  const options: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 300_000 };
  execFileSync(command, args, options);
}
