/** The bench on a real Asterisk: all peers beside each other, the same callers for each in turn. */
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import type { Load } from './load.ts';
import { measure, type Round } from './measure.ts';
import { EXTRAS, type Peer, startPeers } from './peers.ts';

export interface BenchOptions {
  readonly onProgress: (line: string) => void;
  /** Gives it up; what was begun is undone. */
  readonly signal?: AbortSignal | undefined;
}

export interface FixedRate extends Load {
  readonly rounds: number;
  /** Calls to each peer that are not measured, before all others. */
  readonly warmUp: number;
}

/** What was measured of one peer, once in each round. */
export interface PeerResult<T> {
  readonly peer: string;
  readonly rounds: T[];
}

/** All that is up and running. */
export interface Bench {
  readonly peers: readonly Peer[];
  /** As Asterisk says it. */
  readonly asteriskVersion: string;
  readonly measure: (peer: Peer, load: Load) => Promise<Round>;
}

/** Brings up Asterisk and all peers, for as long as `use` takes. */
export async function withBench<T>(
  { onProgress, signal }: BenchOptions,
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  await using sandbox = await startSandbox({ mailboxes: false, extras: EXTRAS, onProgress, signal });
  const peers = await startPeers(sandbox);
  try {
    const asteriskVersion = /^Asterisk (\S+)/m.exec(await sandbox.cli('core show version'))?.[1] ?? '';
    return await use({
      peers,
      asteriskVersion,
      async measure(peer, load) {
        const round = await measure(sandbox, peer, load, signal);
        if (round.failed > 0) onProgress(round.errors);
        return round;
      },
    });
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

/** The same calls at the same rate to each peer, round by round. */
export async function fixedRate(
  { peers, measure }: Pick<Bench, 'peers' | 'measure'>,
  { rounds, warmUp, ...load }: FixedRate,
  { onProgress }: BenchOptions,
): Promise<PeerResult<Round>[]> {
  for (const peer of warmUp > 0 ? peers : []) {
    onProgress(`Warming up: ${peer.name}`);
    await measure(peer, { ...load, calls: warmUp });
  }
  const results = peers.map(({ name }) => ({ peer: name, rounds: [] as Round[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const i of inTurn(peers.length, round)) {
      const [peer, result] = [peers[i], results[i]];
      if (!peer || !result) continue;
      onProgress(`Round ${round} of ${rounds}: ${peer.name}`);
      result.rounds.push(await measure(peer, load));
    }
  }
  return results;
}

/** A B C, then C B A, and so on: nobody is always first, and what the machine does slowly meets all alike. */
export function inTurn(count: number, round: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  return round % 2 === 1 ? order : order.reverse();
}
