/**
 * The model's recordings: what of a caller's tones is in a take, whether it is a message, and when it ends by itself.
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

/** A take: its number in the call, what is in it, and for how long it was recorded. */
export interface Take {
  readonly number: number;
  readonly pieces: readonly Piece[];
  readonly seconds: number;
}

/** To the millisecond: 2.3 - 0.3 is less than 2 to a computer. */
const exact = (seconds: number) => Math.round(seconds * 1000) / 1000;

export const lengthOf = (pieces: readonly Piece[]) =>
  exact(pieces.reduce((sum, { seconds }) => sum + seconds, 0));

/** When a recording that began at `from` ends by itself, if the caller says no more than `tones`. */
export function ownEnd(from: number, before: Take, tones: readonly Tone[], given: Settings): number {
  const left = given.maxSeconds > 0 ? Math.max(1, Math.ceil(given.maxSeconds - before.seconds)) : Infinity;
  const lastSpoke = Math.max(from, ...tones.map(({ to }) => to));
  const silence = given.maxSilenceSeconds > 0 ? given.maxSilenceSeconds : Infinity;
  return Math.min(from + left, lastSpoke + silence);
}

/** `before` with what was recorded from `from` to `to`. */
export function recorded(before: Take, from: number, to: number, tones: readonly Tone[]): Take {
  const pieces = [...before.pieces, ...cut(tones, from, to)];
  return { number: before.number, pieces, seconds: lengthOf(pieces) };
}

/** Whether it is a message: long enough, and something was said; or any sound at all, if nothing is too short. */
export function isMessage({ pieces, seconds }: Take, { minSeconds }: Settings): boolean {
  if (minSeconds === 0) return seconds > 0;
  return seconds >= minSeconds && pieces.some(({ hz }) => hz !== undefined);
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
