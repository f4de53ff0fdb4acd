/** When a tone sounds in a recording, whatever else does: how the two voices of a conversation are told apart. */
import { FRAME_MS, framesOf } from './frames.ts';
import { powerAt } from './spectrum.ts';
import { TONE_DB, type Wav } from './wav.ts';

/** A stretch of a recording, in seconds from its beginning. */
export interface Sounding {
  readonly from: number;
  readonly to: number;
}

/** A tone that is so much quieter than it was spoken is not there. In dB. */
const MARGIN_DB = 12;
/** A shorter gap is a seam: while a key is pressed, or a bridge changes, some frames are missing. */
const SEAM_SECONDS = 0.2;
/** A shorter stretch is a click. */
const CLICK_SECONDS = 0.06;

/** The stretches in which a tone of `hz` sounds; tones must be 150 Hz apart to be told from each other. */
export function soundings(wav: Wav, hz: number): Sounding[] {
  const found: { from: number; to: number }[] = [];
  for (const [n, { sound }] of framesOf(wav).entries()) {
    // A sine of amplitude a has (a N / 4)² after the window.
    const level = 10 * Math.log10(powerAt(sound, hz, wav.rate) / (sound.length / 4) ** 2);
    if (level < TONE_DB - MARGIN_DB) continue;
    const [from, to] = [n, n + 1].map((frame) => (frame * FRAME_MS) / 1000) as [number, number];
    const last = found.at(-1);
    if (last && from - last.to < SEAM_SECONDS) last.to = to;
    else found.push({ from, to });
  }
  return found.filter(({ from, to }) => to - from >= CLICK_SECONDS);
}

/** For how many seconds a tone of `hz` sounds in all. */
export function soundingSeconds(wav: Wav, hz: number): number {
  return soundings(wav, hz).reduce((sum, { from, to }) => sum + to - from, 0);
}
