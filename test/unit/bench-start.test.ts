/** The bench of starts works; what it measures is for `npm run bench`. */
import { expect, test } from 'vitest';
import { measureStarts, startSection } from '../bench/start.ts';

test('starts are measured with what tsx keeps and without it, and printed beside each other', async () => {
  const results = await measureStarts(1, { onProgress: () => {} });
  expect(results.map(({ rounds }) => rounds.length)).toEqual([1, 1]);
  for (const ms of results.flatMap(({ rounds }) => rounds)) expect(ms).toBeGreaterThan(0);
  expect(startSection(1, results).markdown).toMatch(/^\| start, ms +\| \d+ ×1\.00 +\| \d+ ×\d\.\d\d +\|$/m);
}, 30_000);
