/** How a handler becomes a Lambda function's bundle: one ES module with all it needs inside, the AWS SDK included. */
import { fileURLToPath } from 'node:url';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/** What the SDK would load if a function had other credentials than Lambda's: with all that they need, 110 of 379 KB. */
const credentialSources = ['ini', 'process', 'sso', 'web-identity'].map(source => `@aws-sdk/credential-provider-${source}`);
const leftOut = fileURLToPath(new URL('credentials-left-out.ts', import.meta.url));

export const functionBundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  // The SDK of package-lock.json, which the tests ran on, not that of the day's Lambda runtime.
  // The one exception is loaded for operations that stream events, and DynamoDB has none.
  externalModules: ['@smithy/core/event-streams'],
  // ES modules where a package has them: esbuild leaves out what isn't used. CommonJS would also call `require`, which isn't there.
  mainFields: ['module', 'main'],
  // The first finds this package's own sources, without a build. esbuild's default, `module`, is off once others are named.
  esbuildArgs: {
    '--conditions': 'middy-idempotency-key:source,module',
    '--alias': credentialSources.map(source => `${source}=${leftOut}`),
  },
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
};
