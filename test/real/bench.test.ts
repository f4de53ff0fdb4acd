/** The bench works: what it measures is for `npm run bench`, on a machine that has nothing else to do. */
import { expect, test } from 'vitest';
import { FIXED_RATE_FIGURES, RISING_FIGURES } from '../bench/figures.ts';
import { rise } from '../bench/rising.ts';
import { fixedRate, withBench } from '../bench/run.ts';
import { table } from '../bench/table.ts';

const LOAD = { calls: 4, rate: 8 };

test('every peer takes all of its calls, each figure is measured, and rising rates are tried', async () => {
  const options = { onProgress: (line: string) => void process.stderr.write(`${line}\n`) };
  const { fixed, risen } = await withBench(options, async ({ peers, measure }) => {
    // Each peer once: a round takes 5 s.
    const [first, others] = [peers.slice(0, -1), peers.slice(-1)];
    return {
      fixed: await fixedRate({ peers: first, measure }, { ...LOAD, rounds: 1, warmUp: 0 }, options),
      risen: await rise({ peers: others, measure }, 1, { first: 8, highest: 8, seconds: 0.5 }, options),
    };
  });

  process.stderr.write(`${table(FIXED_RATE_FIGURES, fixed)}\n`);
  process.stderr.write(`${table(RISING_FIGURES, risen)}\n`);
  expect(fixed.map(({ peer }) => peer)).toEqual(expect.arrayContaining(['vm-record', 'tutorial']));
  expect(risen).toMatchObject([{ peer: 'floor', rounds: [{ rate: 8, at: LOAD }] }]);
  const heldAt = risen.map(({ peer, rounds }) => ({ peer, rounds: rounds.map(({ at }) => at) }));
  for (const { peer, rounds } of [...fixed, ...heldAt]) {
    const [round] = rounds;
    expect(round, peer).toMatchObject({ failed: 0, lost: 0, unheard: 0, stuck: 0 });
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
