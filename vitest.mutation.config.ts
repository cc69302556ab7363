/** The tests that mutants are run against: the examples of what is mutated, none of which needs DynamoDB. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{protocol,http,store}/*.test.ts', 'test/{time-limits,commit-states,waiter}.test.ts'],
    // Laws are random: a mutant that only they notice is noticed on some days. Each of them has its example besides.
    exclude: ['test/store/dynamodb-store.test.ts', '**/*.prop.test.ts'],
  },
});
