/** How many calls a second each peer takes before callers wait for the beep, or are not served at all. */
import { Climb } from './climb.ts';
import type { Round } from './measure.ts';
import { type Bench, type BenchOptions, inTurn, type PeerResult } from './run.ts';
import { percentile } from './percentile.ts';

export interface Rising {
  readonly rounds: number;
  /** The rate that is tried first, and the highest one that is, in calls a second. */
  readonly first: number;
  readonly highest: number;
  /** For how long calls come at each rate. */
  readonly seconds: number;
}

/** How far one peer came in one round. */
export interface Held {
  /** The highest rate held, in calls a second; 0 = not even the lowest. */
  readonly rate: number;
  /** What was measured there. */
  readonly at: Round | undefined;
  /** Why the lowest rate that was not held was not; undefined = all were. */
  readonly broken: string | undefined;
}

/** Longest that the beep may take, p99 from the answer, in ms. */
const BEEP_LIMIT_MS = 300;

/**
 * One round, with peers that are started for it: what an overload leaves behind is not the next round's. At each rate
 * all peers have their turn before the next.
 */
export async function rise(
  { peers, measure }: Pick<Bench, 'peers' | 'measure'>,
  round: number,
  { first, highest, seconds }: Omit<Rising, 'rounds'>,
  { onProgress, signal }: BenchOptions,
): Promise<PeerResult<Held>[]> {
  const climbs = peers.map((peer) => ({
    peer,
    climb: new Climb({ first, highest }),
    at: undefined as Round | undefined,
    whyNot: new Map<number, string>(),
  }));
  while (climbs.some(({ climb }) => climb.rate !== undefined)) {
    for (const i of inTurn(climbs.length, round)) {
      const one = climbs[i];
      const rate = one?.climb.rate;
      if (!one || rate === undefined) continue;
      const load = { calls: 2 * Math.max(1, Math.round((rate * seconds) / 2)), rate };
      const measured = await measure(one.peer, load).catch((error: Error) => {
        signal?.throwIfAborted();
        return error;
      });
      const why = measured instanceof Error ? measured.message : whyNotHeld(measured);
      onProgress(`Rising ${round}: ${one.peer.name}, ${rate} a second: ${why ?? 'held'}`);
      if (why === undefined && !(measured instanceof Error)) one.at = measured;
      if (why !== undefined) one.whyNot.set(rate, `${why} at ${rate}`);
      one.climb.tell(why === undefined);
    }
  }
  return climbs.map(({ peer, climb, at, whyNot }) => ({
    peer: peer.name,
    rounds: [{ rate: climb.held, at, broken: whyNot.get(climb.broken) }],
  }));
}

/** Undefined = it was held. Who heard no beep has waited for ever. */
function whyNotHeld({ calls, failed, lost, stuck, beep }: Round): string | undefined {
  const waits = [...beep, ...Array.from({ length: calls - beep.length }, () => Infinity)];
  const p99 = percentile(waits, 99) ?? Infinity;
  const reasons = [
    failed > 0 ? `${failed} of ${calls} calls failed` : [],
    lost !== 0 ? `${lost} of ${calls} calls without a message` : [],
    stuck > 0 ? `${stuck} channels left` : [],
    p99 > BEEP_LIMIT_MS ? `p99 of the beep ${p99.toFixed(0)} ms` : [],
  ].flat();
  return reasons.length > 0 ? reasons.join(', ') : undefined;
}
