/** How a handler becomes a Lambda function's bundle: one ES module with all it needs inside, the AWS SDK included. */
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

export const functionBundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  // The SDK of package-lock.json, which the tests ran on, not that of the day's Lambda runtime.
  externalModules: [],
  // ES modules where a package has them: esbuild leaves out what isn't used. CommonJS would also call `require`, which isn't there.
  mainFields: ['module', 'main'],
  // The first finds this package's own sources, without a build. esbuild's default, `module`, is off once others are named.
  esbuildArgs: { '--conditions': 'middy-idempotency-key:source,module' },
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
};
