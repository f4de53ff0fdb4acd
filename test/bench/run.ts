/** The bench: one Asterisk, all peers, the same callers in turn, and what each round of them cost. */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { call, type Heard, type Load } from './load.ts';
import { EXTRAS, type Peer, startPeers } from './peers.ts';
import { cpuMs, forgetPeak, memoryMiB } from './usage.ts';

export interface BenchOptions extends Load {
  readonly rounds: number;
  /** Calls to each peer that are not measured, before all others. */
  readonly warmUp: number;
  readonly onProgress: (line: string) => void;
  /** Gives it up; what was begun is undone. */
  readonly signal?: AbortSignal | undefined;
}

/** What the calls of one round to one peer cost; CPU in ms per call. */
export interface Round extends Heard {
  readonly asteriskCpu: number;
  /** Calls that left no message on disk; below 0, some left several. */
  readonly lost: number;
  /** Undefined = it has no process of its own. */
  readonly own: { readonly cpu: number; readonly restMiB: number; readonly peakMiB: number } | undefined;
}

export interface PeerResult {
  readonly peer: string;
  readonly rounds: Round[];
}

const POLL_MS = 200;
const LEAVE_LIMIT_MS = 20_000;

/** Runs it all. Rejects only if nothing could be measured, or it was given up. */
export async function runBench(options: BenchOptions): Promise<PeerResult[]> {
  const { rounds, warmUp, rate, onProgress, signal } = options;
  await using sandbox = await startSandbox({ mailboxes: false, extras: EXTRAS, onProgress, signal });
  const peers = await startPeers(sandbox);
  try {
    for (const peer of warmUp > 0 ? peers : []) {
      onProgress(`Warming up: ${peer.name}`);
      await measure(sandbox, peer, { calls: warmUp, rate }, signal);
    }
    const results = peers.map(({ name }) => ({ peer: name, rounds: [] as Round[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const [i, peer] of peers.entries()) {
        onProgress(`Round ${round} of ${rounds}: ${peer.name}`);
        const measured = await measure(sandbox, peer, options, signal);
        if (measured.failed > 0) onProgress(measured.errors);
        results[i]?.rounds.push(measured);
      }
    }
    return results;
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

async function measure(
  sandbox: Sandbox,
  peer: Peer,
  load: Load,
  signal: AbortSignal | undefined,
): Promise<Round> {
  const { pid } = peer;
  const asterisk = await sandbox.pid();
  if (pid) await forgetPeak(pid);
  const before = pid ? { cpu: await cpuMs(pid), memory: await memoryMiB(pid) } : undefined;
  const storedBefore = await messages(sandbox);
  const asteriskBefore = await cpuMs(asterisk);
  const heard = await call(sandbox, peer, load, signal);
  await untilQuiet(sandbox, signal);
  const perCall = (ms: number) => ms / load.calls;
  const own =
    pid && before
      ? {
          cpu: perCall((await cpuMs(pid)) - before.cpu),
          restMiB: before.memory.now,
          peakMiB: (await memoryMiB(pid)).peak,
        }
      : undefined;
  const asteriskCpu = perCall((await cpuMs(asterisk)) - asteriskBefore);
  const lost = load.calls - ((await messages(sandbox)) - storedBefore);
  return { ...heard, asteriskCpu, lost, own };
}

/** How many lie below Asterisk's spool, where ARI's and app_voicemail's are. */
async function messages({ recordingDir }: Sandbox): Promise<number> {
  const files = await readdir(dirname(recordingDir), { recursive: true });
  return files.filter((file) => file.endsWith('.wav')).length;
}

/** Resolves when Asterisk has no channel left: what a call costs after its end is part of the measure. */
async function untilQuiet(sandbox: Sandbox, signal: AbortSignal | undefined): Promise<void> {
  for (const limit = Date.now() + LEAVE_LIMIT_MS; Date.now() < limit;) {
    if ((await sandbox.cli('core show channels count')).includes('0 active channels')) return;
    await delay(POLL_MS, undefined, { signal });
  }
  throw new Error('Asterisk still has channels, though all callers have hung up');
}
