/** Bundles as the CDK does for a function, without the CDK: for tests and benchmarks of single handlers. */
import { dirname } from 'node:path';
import type { BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import { type BuildOptions, build, type Metafile } from 'esbuild';

/** Writes the bundle of `entry` to `outfile`, and resolves to what is in it. */
export async function bundle(entry: string, outfile: string, options: BuildOptions): Promise<Metafile['outputs'][string]> {
  const { metafile } = await build({
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    ...options,
    entryPoints: [entry],
    outfile,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  if (output === undefined) throw new Error(`${entry} has no bundle in ${dirname(outfile)}`);
  return output;
}

/** What the CDK tells esbuild for these options; source maps are left out. */
export function esbuildOptions({ target, externalModules, mainFields, esbuildArgs, minify }: BundlingOptions): BuildOptions {
  const aliases = [esbuildArgs?.['--alias'] ?? []].flat().map(alias => String(alias).split('='));
  return {
    format: 'esm',
    minify: minify ?? false,
    alias: Object.fromEntries(aliases),
    conditions: String(esbuildArgs?.['--conditions'] ?? '').split(','),
    ...(target === undefined ? {} : { target }),
    ...(externalModules === undefined ? {} : { external: externalModules }),
    ...(mainFields === undefined ? {} : { mainFields }),
  };
}
