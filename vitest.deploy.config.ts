/** `npm run test:deploy`: one deployment after the other, on an AWS of its own. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.deploy.ts'],
    reporters: ['verbose'],
    // Each step needs the one before it.
    bail: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
