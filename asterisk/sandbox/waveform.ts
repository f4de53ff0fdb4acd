/** Draws a recording in the terminal, so that people who try the demo see where somebody spoke and where not. */
import { levelDb } from './frames.ts';
import type { Wav } from './wav.ts';

const BLOCKS = ' ▁▂▃▄▅▆▇█';
const STEPS = BLOCKS.length - 1;

/** Loudness at the bottom of the drawing; the top is 0 dB. In dB, as ears and telephones do. */
const BOTTOM_DB = -48;

/** Returns `height` lines of `width` block characters: time from left to right, loudness upwards. */
export function waveform(wav: Wav, width: number, height = 1): string {
  const columns = Array.from({ length: width }, (_, i) => {
    const [from, to] = [i, i + 1].map((edge) => Math.round((edge * wav.samples.length) / width));
    const loudness = 1 - levelDb(wav.samples.subarray(from, to)) / BOTTOM_DB;
    return Math.round(Math.min(1, Math.max(0, loudness)) * height * STEPS);
  });
  const rows = Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * STEPS;
    return columns.map((steps) => BLOCKS[Math.min(STEPS, Math.max(0, steps - below))]).join('');
  });
  return rows.join('\n');
}
