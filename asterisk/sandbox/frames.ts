/** A recording as a row of short frames, each measured by itself: how loud it is and which tone dominates it. */
import { dominantHz, windowed } from './spectrum.ts';
import { FULL_SCALE, type Wav } from './wav.ts';

/** Long enough to tell tones of 40 Hz difference apart, short enough for exact lengths. */
export const FRAME_MS = 20;

/** Quieter frames are silence: far below a tone, far above what transcoding leaves of digital silence. */
const SILENCE_DB = -45;

/** Stand-in for the -Infinity of digital silence: about the smallest step of 16 bits. */
const FLOOR_DB = -96;

/** Half the power. */
const HALF_DB = 3;

/** A frame: its windowed sound, loudness in dB, and dominant frequency, undefined when it is silent. */
export interface Frame {
  sound: Float64Array;
  levelDb: number;
  hz: number | undefined;
}

/** Loudness in dB: a full-scale sine is 0, digital silence -96. */
export function levelDb(samples: Int16Array): number {
  if (samples.length === 0) return FLOOR_DB;
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.max(FLOOR_DB, 10 * Math.log10((2 * power) / FULL_SCALE ** 2));
}

/** Cuts a recording into frames; a last one that is not full is left out. */
export function framesOf({ samples, rate }: Wav): Frame[] {
  const size = Math.round((rate * FRAME_MS) / 1000);
  const frames = Array.from({ length: Math.floor(samples.length / size) }, (_, i) => {
    const part = samples.subarray(i * size, (i + 1) * size);
    const level = levelDb(part);
    const sound = windowed(part);
    return { sound, levelDb: level, hz: level < SILENCE_DB ? undefined : dominantHz(sound, rate) };
  });
  return silenceEdges(frames);
}

/** Counts a frame that is less than half filled by the sound beside it as silence, so that lengths are not rounded up. */
function silenceEdges(frames: Frame[]): Frame[] {
  return frames.map((frame, i) => {
    const [before, after] = [frames[i - 1], frames[i + 1]];
    if (!before || !after || (before.hz === undefined) === (after.hz === undefined)) return frame;
    const beside = Math.max(before.levelDb, after.levelDb);
    return frame.levelDb < beside - HALF_DB ? { ...frame, hz: undefined } : frame;
  });
}
