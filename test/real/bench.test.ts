/** The bench works: what it measures is for `npm run bench`, on a machine that has nothing else to do. */
import { expect, test } from 'vitest';
import { runBench } from '../bench/run.ts';
import { table } from '../bench/table.ts';

test('every peer takes all of its calls, and each figure is measured', async () => {
  const onProgress = (line: string) => void process.stderr.write(`${line}\n`);
  const results = await runBench({ calls: 4, rate: 8, rounds: 1, warmUp: 0, onProgress });
  process.stderr.write(`${table(results)}\n`);
  expect(results.map(({ peer }) => peer)).toEqual(expect.arrayContaining(['vm-record', 'tutorial', 'floor']));
  for (const { peer, rounds } of results) {
    const [round] = rounds;
    expect(round, peer).toMatchObject({ failed: 0, lost: 0, unheard: 0 });
    expect(round?.asteriskCpu, peer).toBeGreaterThan(0);
    expect(round?.beep, peer).toHaveLength(4);
    for (const ms of [...(round?.beep ?? []), ...(round?.review ?? [])]) expect(ms, peer).toBeGreaterThan(0);
    if (peer === 'app_voicemail') continue;
    expect(round?.review, peer).toHaveLength(2);
    // So few calls may cost the floor less than Linux counts.
    if (peer !== 'floor') expect(round?.own?.cpu, peer).toBeGreaterThan(0);
    expect(round?.own?.peakMiB, peer).toBeGreaterThan(0);
  }
});
