/** How much the fake part of `npm run bench` measures; `--quick` only shows that it works. */
import type { FakeBenchOptions } from './run.ts';

type Sizes = Omit<FakeBenchOptions, 'onProgress' | 'signal'>;

export const FULL_SIZES: Sizes = {
  ...{ inProgress: [10, 100, 1_000, 5_000], stored: [100, 100_000] },
  ...{ rounds: 3, turns: 3, events: 20_000, calls: 300, keys: 200 },
};

export const QUICK_SIZES: Sizes = {
  ...{ inProgress: [10, 100], stored: [100, 1_000] },
  ...{ rounds: 1, turns: 1, events: 2_000, calls: 20, keys: 20 },
};
