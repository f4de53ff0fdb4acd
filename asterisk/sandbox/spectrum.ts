/**
 * Finds the tone in a few milliseconds of sound. Goertzel's filter at evenly spaced frequencies, because a
 * telephone's band is narrow: no FFT and no dependency needed.
 */
import { FULL_SCALE } from './wav.ts';

/** The band that is searched; a telephone carries 300 to 3400 Hz. */
const LOWEST_HZ = 200;
const HIGHEST_HZ = 3_500;

/** Narrow enough that several steps fall on one peak of a 20 ms frame (200 Hz wide): a parabola finds its top. */
const STEP_HZ = 25;

/** Tapers the ends of `samples` (Hann), so that a tone does not leak over the whole band. */
export function windowed(samples: Int16Array): Float64Array {
  return Float64Array.from(samples, (sample, i) => {
    const phase = (2 * Math.PI * (i + 0.5)) / samples.length;
    return (sample / FULL_SCALE) * (0.5 - 0.5 * Math.cos(phase));
  });
}

/** Power of a windowed frame at `hz` (Goertzel), for comparing with other frequencies of the same frame. */
export function powerAt(frame: Float64Array, hz: number, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let last = 0;
  let beforeLast = 0;
  for (const sample of frame) {
    const next = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
}

/** Frequency in Hz of the loudest tone of a windowed frame. */
export function dominantHz(frame: Float64Array, rate: number): number {
  let peak = LOWEST_HZ;
  let peakPower = 0;
  for (let hz = LOWEST_HZ; hz <= HIGHEST_HZ; hz += STEP_HZ) {
    const power = powerAt(frame, hz, rate);
    if (power > peakPower) [peak, peakPower] = [hz, power];
  }
  const [left, top, right] = [peak - STEP_HZ, peak, peak + STEP_HZ].map((hz) =>
    Math.log(Math.max(powerAt(frame, hz, rate), Number.MIN_VALUE)),
  ) as [number, number, number];
  const curvature = left - 2 * top + right;
  return curvature < 0 ? peak + (STEP_HZ * (left - right)) / (2 * curvature) : peak;
}
