import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What starts whole systems waits most of its time: first, so that what only computes runs beside it and not after it. */
const WHOLE_SYSTEMS = /\/test\/(fault|flow|simulation)\//;

class WholeSystemsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { first = [], others = [] } = Object.groupBy(await super.sort(files), ({ moduleId }) =>
      WHOLE_SYSTEMS.test(moduleId) ? 'first' : 'others',
    );
    return [...first, ...others];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // More than two cores: of four that start whole systems three wait for timers, locks and virtual machines.
    maxWorkers: 4,
    sequence: { sequencer: WholeSystemsFirst },
    // Tests of whole process trees share two cores with strangers in CI; a test that fails twice is broken. Locally nothing is repeated.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default'],
  },
});
