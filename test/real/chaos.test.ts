/**
 * Callers leave messages while requests fail, connections break and the daemon is killed, by seed: no message is lost
 * or doubled, and nothing is left behind. `npm run chaos` does the same with any number of calls.
 *
 * `VM_CHAOS_CALLS=500` makes that many calls (100 unless told), and `VM_CHAOS_SEED=...` makes others.
 */
import { expect, test } from 'vitest';
import { details, isGood, table } from '../chaos/report.ts';
import { runChaos } from '../chaos/run.ts';

const { VM_CHAOS_CALLS, VM_CHAOS_SEED } = process.env;
const CALLS = Number(VM_CHAOS_CALLS ?? 100);
/** One in which much of what takes long comes early. */
const SEED = Number(VM_CHAOS_SEED ?? 308);

test(`${CALLS} calls in chaos, seed ${SEED}`, { timeout: 180_000 + CALLS * 3000 }, async () => {
  const onProgress = (what: string, over?: number) => {
    if (over === undefined) process.stderr.write(`${what}\n`);
  };
  const report = await runChaos({ calls: CALLS, seed: SEED, lines: true, restarts: true, onProgress });
  process.stderr.write(`${table(report)}\n`);
  expect(isGood(report), `VM_CHAOS_SEED=${SEED}\n${details(report)}`).toBe(true);
});
