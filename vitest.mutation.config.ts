/** The tests that mutants are run against: those of the pure parts, which need no DynamoDB. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/protocol/*.test.ts', 'test/http/*.test.ts', 'test/store/*.test.ts', 'test/*.test.ts', 'test/explorer/*.test.ts'],
    exclude: [
      'test/store/dynamodb-store.test.ts',
      'test/{around,commit,contract,faults,local-api,npm-start,readme,clocks}.test.ts',
    ],
  },
});
