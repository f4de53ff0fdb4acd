/** Test projects: `unit` needs no Asterisk; `real` brings up a real one in the sandbox. */
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    // Most of the time, a test on a real Asterisk waits.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,stories,wire}/**/*.test.ts'],
          testTimeout: 10_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          // After the others, which are busy all the time and would disturb what is heard.
          sequence: { groupOrder: 2 },
          // The first run of all downloads Asterisk; afterwards a sandbox is up in about a second.
          hookTimeout: 240_000,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
