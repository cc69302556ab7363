/** Mutation testing of what is pure: every mutant that survives is killed by a test, or excused with a proof in the line above it. */
export default {
  mutate: [
    'lib/protocol/*.ts',
    'lib/http/*.ts',
    'lib/store/{dynamodb-item,dynamodb-requests,body-items,response-codec,transact-writes,item-size}.ts',
    'lib/time-limits.ts',
    'lib/commit.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 20_000,
  // TypeScript 7 has no JavaScript API, with which Stryker would rewrite the paths in tsconfig.json. It has none that lead elsewhere.
  tsconfigFile: 'none',
  ignorePatterns: ['/bench', '/bin', '/cdk.out', '/dist', '/docs', '/handlers', '/lib/cdk'],
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: '.stryker-tmp',
  jsonReporter: { fileName: '.stryker-tmp/mutation.json' },
  thresholds: { high: 100, low: 100, break: 100 },
};
