/** The model's takes: what is in one, when it ends by itself, and what becomes of it. */
import type { Settings } from './key-sequence.ts';
import { exact, GIVES_UP_SECONDS, type ModelLine, type Piece } from './model-line.ts';

/** A take: its number in the call, and what is in it. */
export interface Take {
  readonly number: number;
  readonly pieces: readonly Piece[];
  /** For how long it was recorded, by the clock. */
  readonly clock: number;
  /** Somebody was heard to speak. */
  readonly hasTalk: boolean;
  /** Nobody has removed the file. */
  readonly isThere: boolean;
}

/** The part of a take that is being recorded. */
export interface Part {
  readonly from: number;
  /** When the silence is too long, if nobody speaks. */
  readonly quietUntil: number;
  /** How much later than it ends by itself the daemon knows. */
  readonly late: number;
  /** Somebody has removed the file meanwhile. */
  readonly isRemoved?: true;
}

/** What becomes of it: `short`, or silent, and deleted; `doubtful`, and kept beside the one before; `missing`. */
export type TakeResult = 'message' | 'doubtful' | 'short' | 'missing';

/** Whoever is louder than the noise of a line has spoken: a sample above 100 of 32768. */
export const NOISE_DB = -50.27;
/** Between the last look whether somebody speaks, and the end. */
const LAST_LOOK_SECONDS = 0.3;
/** What ends so shortly before its longest duration has reached it. */
const SLACK_SECONDS = 0.05;

export const lengthOf = (pieces: readonly Piece[]) =>
  exact(pieces.reduce((sum, { seconds }) => sum + seconds, 0));

export const newTake = (number: number): Take => ({
  ...{ number, pieces: [], clock: 0, hasTalk: false, isThere: true },
});

/** The longest silence; 0 = none is too long. */
const silenceOf = ({ maxSilenceSeconds }: Settings) => maxSilenceSeconds || Infinity;

export function newPart(from: number, late: number, settings: Settings): Part {
  return { from, late, quietUntil: from + silenceOf(settings) };
}

/**
 * When a part ends by itself, if no more is said, and why.
 * @param before what was recorded of the take before it
 */
export function ownEnd(part: Part, before: Take, line: ModelLine, settings: Settings) {
  const { from, quietUntil, late } = part;
  const { maxSeconds } = settings;
  const full = from + (maxSeconds > 0 ? Math.max(1, Math.ceil(maxSeconds - before.clock)) : Infinity);
  const gap = line.givesUpAt(from);
  const { endedAt = Infinity } = line.listen({ from, to: Infinity }, quietUntil, silenceOf(settings));
  const at = Math.min(full, gap, endedAt);
  const isGap = at === gap && at + SLACK_SECONDS < full && gap < endedAt;
  return { at, knownAt: at + late, isGap };
}

/** The part after one for which nothing came any more. */
export function partAfterGap(part: Part, now: number, late: number, line: ModelLine, given: Settings): Part {
  const longest = silenceOf(given);
  const { isTalking, limit } = line.listen({ from: part.from, to: now }, part.quietUntil, longest);
  const left = Math.max(LAST_LOOK_SECONDS, longest - GIVES_UP_SECONDS);
  return { from: now, late, quietUntil: isTalking ? now + left : limit };
}

/**
 * `before` with what was recorded until `to`.
 * @param late how long after it began what somebody says is heard
 */
export function recorded(before: Take, part: Part, to: number, late: number, line: ModelLine): Take {
  const { from, isRemoved } = part;
  const pieces = [...(before.isThere ? before.pieces : []), ...line.pieces({ from, to })];
  const hasTalk = before.hasTalk || line.hasTalk({ from, to: to - late });
  const clock = exact(before.clock + to - from);
  return { number: before.number, pieces, clock, hasTalk, isThere: !isRemoved };
}

/**
 * @param hasOther whether there is a message already
 * @param late how long after it is one, the dialplan is told that it is
 */
export function judge(take: Take, hasOther: boolean, late: number, { minSeconds }: Settings): TakeResult {
  const { pieces, clock, hasTalk, isThere } = take;
  const seconds = lengthOf(pieces);
  // Whatever the dialplan was told is a message stays one.
  const isPromised = hasTalk && clock - late >= minSeconds;
  if (isPromised && !hasOther && seconds >= 1) return 'message';
  if (!isThere) return 'missing';
  if (seconds === 0) return 'short';
  const isSpoken = minSeconds === 0 || pieces.some(({ levelDb }) => levelDb > NOISE_DB);
  if (seconds >= minSeconds && isSpoken) return 'message';
  if (!isPromised) return 'short';
  return hasOther ? 'doubtful' : 'message';
}
