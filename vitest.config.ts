/** Test projects: `unit` needs nothing but Node; `real` brings up a real Asterisk in the sandbox. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/{unit,stories,wire}/**/*.test.ts'], testTimeout: 10_000 },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          // The first run of all downloads Asterisk; afterwards a sandbox is up in about a second.
          hookTimeout: 240_000,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
