/**
 * How long a start takes, and what it would take if tsx kept what it has compiled: the price of trusting nothing in the
 * shared /tmp. Measured up to the refusal of a wrong setting, which comes when all modules are loaded.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';
import { type BenchOptions, inTurn, type PeerResult } from './run.ts';
import type { Section } from './section.ts';
import { type Figure, table } from './table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXIT_SETTINGS = 78;

const WITHOUT_CACHE = 'as shipped, without a cache';
const WITH_CACHE = 'with a cache';
/** And TSX_DISABLE_CACHE of each; empty counts as not set. */
const WAYS = [
  [WITHOUT_CACHE, '1'],
  [WITH_CACHE, ''],
] as const;

/** In ms, from the start of the process to its end. */
type Start = number;

const FIGURE: Figure<Start> = { name: 'start, ms', of: (ms) => ms, digits: 0, ratio: true };

/** Runs it all. @throws Error if a start ended otherwise, nothing was kept, or it was given up */
export async function measureStarts(
  rounds: number,
  { onProgress, signal }: BenchOptions,
): Promise<PeerResult<Start>[]> {
  // tsx keeps its cache in the temporary folder: one of our own, which nobody else has filled.
  const folder = await temporaryFolder('start-');
  const start = async (disableCache: string): Promise<Start> => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: ROOT,
      env: { ...process.env, TSX_DISABLE_CACHE: disableCache, TMPDIR: folder, ARI_URL: 'none' },
      stdio: 'ignore',
      signal,
      killSignal: 'SIGKILL',
    });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status !== EXIT_SETTINGS) throw new Error(`the start ended with status ${status}`);
    return performance.now() - began;
  };
  try {
    await start('');
    if ((await readdir(folder)).length === 0) throw new Error('tsx has kept nothing');
    const results = WAYS.map(([peer]) => ({ peer, rounds: [] as Start[] }));
    for (let round = 1; round <= rounds; round++) {
      onProgress(`Starts, round ${round} of ${rounds}`);
      for (const i of inTurn(WAYS.length, round)) results[i]?.rounds.push(await start(WAYS[i]?.[1] ?? ''));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What it says in the results. */
export function startSection(rounds: number, results: readonly PeerResult<Start>[]): Section {
  return {
    title: 'A start',
    markdown: `From the start of the process until all modules are loaded and the settings are read, in turn; rounds: ${rounds}. In each
cell: the median, the spread, and the ratio to the start as it is shipped.

${table([FIGURE], results, WITHOUT_CACHE)}`,
    goals: [],
    panels: [],
    versions: [],
  };
}
