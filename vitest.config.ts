import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Tests of whole process trees share two cores with strangers in CI; a test that fails twice is broken. Locally nothing is repeated.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default'],
  },
});
