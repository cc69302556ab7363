import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^middy-idempotency-key$/, replacement: here('./lib/index.ts') },
      { find: /^middy-idempotency-key\/cdk$/, replacement: here('./lib/cdk/index.ts') },
      { find: /^middy-idempotency-key\/client$/, replacement: here('./lib/client/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
});
