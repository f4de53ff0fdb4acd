/** One round of calls to one peer: what it cost, and what its callers heard. */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { call, type Heard, type Load } from './load.ts';
import type { Peer } from './peers.ts';
import { type Busy, busyBetween, cpuMs, forgetPeak, memoryMiB } from './usage.ts';

/** What the calls of one round to one peer cost; CPU in ms per call. */
export interface Round extends Heard, Load {
  readonly asteriskCpu: number;
  /** Calls that left no message on disk; below 0, some left several. */
  readonly lost: number;
  /** Channels that Asterisk had for ever, though all callers had gone. */
  readonly stuck: number;
  /** Undefined = it has no process of its own. */
  readonly own: { readonly cpu: number; readonly restMiB: number; readonly peakMiB: number } | undefined;
  /** In the second half of the time in which new calls came. */
  readonly busy: Busy;
}

const POLL_MS = 200;
const LEAVE_LIMIT_MS = 10_000;

/** @throws Error when the peer's process is gone, or Asterisk is; what `signal` was aborted with */
export async function measure(
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
  const arrivals = (load.calls / load.rate) * 1000;
  const [heard, busy] = await Promise.all([
    call(sandbox, peer, load, signal),
    busyBetween({ from: arrivals / 2, to: arrivals }, { asterisk, own: pid }, signal),
  ]);
  const stuck = await untilQuiet(sandbox, signal);
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
  return { calls: load.calls, rate: load.rate, ...heard, asteriskCpu, lost, stuck, own, busy };
}

/** How many lie below Asterisk's spool, where ARI's and app_voicemail's are. */
async function messages({ recordingDir }: Sandbox): Promise<number> {
  const files = await readdir(dirname(recordingDir), { recursive: true });
  return files.filter((file) => file.endsWith('.wav')).length;
}

/**
 * Resolves when Asterisk has no channel left: what a call costs after its end is part of the measure.
 * @returns how many had to be hung up, so that they are not the next round's
 */
async function untilQuiet(sandbox: Sandbox, signal: AbortSignal | undefined): Promise<number> {
  const left = await channelsAfter(sandbox, signal);
  if (left === 0) return 0;
  await sandbox.cli('channel request hangup all');
  if ((await channelsAfter(sandbox, signal)) > 0)
    throw new Error('Asterisk still has channels, though they were hung up');
  return left;
}

/** How many are left, when it is none or they have had their time. */
async function channelsAfter(sandbox: Sandbox, signal: AbortSignal | undefined): Promise<number> {
  for (const limit = Date.now() + LEAVE_LIMIT_MS; ;) {
    const answer = await sandbox.cli('core show channels count');
    const count = Number(/^(\d+) active channels?$/m.exec(answer)?.[1] ?? NaN);
    if (count === 0) return 0;
    if (Date.now() > limit) {
      if (Number.isNaN(count)) throw new Error(`Asterisk does not say how many channels it has: ${answer}`);
      return count;
    }
    await delay(POLL_MS, undefined, { signal });
  }
}
