/**
 * The model's recordings: what of a caller's tones is in a take, how Asterisk counts its length, and when it
 * ends by itself. Asterisk's arithmetic, measured on the real one.
 */
import type { Settings } from './key-sequence.ts';

/** A stretch of one tone, or of silence. */
export interface Piece {
  readonly hz: number | undefined;
  readonly seconds: number;
}

/** A tone on the call's time line. */
export interface Tone {
  readonly hz: number;
  readonly from: number;
  readonly to: number;
}

/** Of the silence that ends a recording, this much stays. */
const KEPT_SILENCE = 0.2;
/** It takes a frame to hear that it is silent. */
const FRAME = 0.02;

/** A take: its number in the call, what is in it, and its length in whole seconds as Asterisk counts it. */
export interface Take {
  readonly number: number;
  readonly pieces: readonly Piece[];
  readonly counted: number;
}

/** To the millisecond: 2.3 - 0.3 is less than 2 to a computer. */
const exact = (seconds: number) => Math.round(seconds * 1000) / 1000;

export const lengthOf = (pieces: readonly Piece[]) =>
  exact(pieces.reduce((sum, { seconds }) => sum + seconds, 0));

/** When a recording that began at `from` ends by itself, if the caller says no more than `tones`. */
export function ownEnd(from: number, before: Take, tones: readonly Tone[], given: Settings): number {
  const left = given.maxSeconds > 0 ? Math.max(1, given.maxSeconds - before.counted) : Infinity;
  const lastSpoke = Math.max(from, ...tones.map(({ to }) => to));
  const silence = given.maxSilenceSeconds > 0 ? given.maxSilenceSeconds : Infinity;
  return Math.min(from + left, lastSpoke + silence);
}

/** `before` with what was recorded from `from` to `to`. */
export function recorded(
  before: Take,
  from: number,
  to: number,
  tones: readonly Tone[],
  endedItself: boolean,
  given: Settings,
): Take {
  const pieces = [...before.pieces, ...cut(tones, from, to)];
  const last = pieces.at(-1);
  const quiet = given.maxSilenceSeconds > 0 && last && last.hz === undefined ? last.seconds : 0;
  // Asterisk's count of what silence has ended is a second too long; the daemon knows.
  const asterisks = Math.floor(lengthOf(pieces)) - Math.floor(Math.max(0, exact(quiet - FRAME)));
  const lacking = exact(to - from - (asterisks - before.counted) + 0.05);
  const bySilence = endedItself && given.maxSilenceSeconds > 0 && lacking >= given.maxSilenceSeconds - 1;
  const counted = asterisks - (bySilence ? 1 : 0);
  if (endedItself && quiet > KEPT_SILENCE) pieces.splice(-1, 1, { hz: undefined, seconds: KEPT_SILENCE });
  return { number: before.number, pieces, counted };
}

function cut(tones: readonly Tone[], from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  let at = from;
  for (const tone of tones) {
    const [begin, end] = [Math.max(tone.from, from), Math.min(tone.to, to)];
    if (end <= begin) continue;
    if (begin > at) pieces.push({ hz: undefined, seconds: exact(begin - at) });
    pieces.push({ hz: tone.hz, seconds: exact(end - begin) });
    at = end;
  }
  if (to > at) pieces.push({ hz: undefined, seconds: exact(to - at) });
  return pieces;
}
