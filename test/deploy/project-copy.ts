/** A copy of the project to deploy from, with the same `node_modules`. A test may change it. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

export class ProjectCopy {
  readonly folder: string;

  static async make(): Promise<ProjectCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'contacts-'));
    for (const part of ['bin', 'handlers', 'lib', 'cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json']) {
      await cp(join(project, part), join(folder, part), { recursive: true });
    }
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
    return new ProjectCopy(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  async edit(file: string, before: string, after: string): Promise<void> {
    const path = join(this.folder, file);
    const source = await readFile(path, 'utf8');
    if (!source.includes(before)) throw new Error(`${file} has no ${JSON.stringify(before)} to change`);
    await writeFile(path, source.replace(before, after));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
