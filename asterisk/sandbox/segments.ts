/**
 * Tells what is on a recording: which tone, or silence, for how long. Tests let a caller speak tones, so this is
 * how they prove that every spoken second is on disk and that a prompt or a beep was really heard.
 */
import { FRAME_MS, framesOf, type Frame } from './frames.ts';
import { powerAt } from './spectrum.ts';
import type { Wav } from './wav.ts';

/** A stretch of a recording that is one tone, in whole Hz, or silence: `hz` undefined. `levelDb`: 0 = loudest sine. */
export interface Segment {
  hz: number | undefined;
  seconds: number;
  levelDb: number;
}

/** Shorter stretches are clicks, edges or keying noise: they go to a neighbour. */
const MIN_FRAMES = 3;

/** How far a measured frequency may be from the one it is compared with. */
const SAME_TONE_HZ = 20;

/** Frames of one tone or of silence, and how many frames it lasts with the clicks that it took over. */
interface Run {
  frames: Frame[];
  length: number;
}

/**
 * Cuts a recording into stretches of one tone or silence, in frames of 20 ms; a last frame that is not full is
 * left out. Frequencies are exact to 5 Hz from 300 to 3000 Hz. Of two tones at once one is reported, the louder;
 * tones after each other that are less than 40 Hz apart count as one.
 */
export function segments(wav: Wav): Segment[] {
  return absorbShort(runsOf(framesOf(wav), wav.rate)).map((run) => ({
    hz: toneOf(run),
    seconds: (run.length * FRAME_MS) / 1000,
    levelDb: Math.round(levelOf(run) * 10) / 10,
  }));
}

/** Seconds of the recording in which a tone of `hz` dominates. */
export function toneSeconds(wav: Wav, hz: number): number {
  return segments(wav)
    .filter((segment) => sameTone(segment.hz, hz))
    .reduce((sum, segment) => sum + segment.seconds, 0);
}

function runsOf(frames: Frame[], rate: number): Run[] {
  const runs: Run[] = [];
  for (const frame of frames) {
    const run = runs.at(-1);
    if (run?.frames[0] && goesOn(run.frames[0].hz, frame, rate)) {
      run.frames.push(frame);
      run.length++;
    } else runs.push({ frames: [frame], length: 1 });
  }
  return runs;
}

/**
 * Whether `frame` still holds the tone `hz` (or silence). A tone goes on while it has at least half the power of
 * the frame's loudest: otherwise two tones equally loud, like a DTMF digit, would change places at random.
 */
function goesOn(hz: number | undefined, frame: Frame, rate: number): boolean {
  if (hz === undefined || frame.hz === undefined) return hz === frame.hz;
  return powerAt(frame.sound, hz, rate) >= powerAt(frame.sound, frame.hz, rate) / 2;
}

/** Gives every run that is too short to the neighbour nearest in loudness; what then meets its like becomes one. */
function absorbShort(runs: Run[]): Run[] {
  const kept = [...runs];
  while (kept.length > 1) {
    const at = kept.findIndex((run) => run.length < MIN_FRAMES);
    const short = kept[at];
    if (!short) break;
    const [before, after] = [kept[at - 1], kept[at + 1]];
    const heir = before && after ? nearestInLevel(short, before, after) : (before ?? after);
    if (heir) heir.length += short.length;
    kept.splice(at, 1);
    if (before && after && sameTone(toneOf(before), toneOf(after))) {
      before.frames.push(...after.frames);
      before.length += after.length;
      kept.splice(at, 1);
    }
  }
  return kept;
}

function nearestInLevel(run: Run, a: Run, b: Run): Run {
  const distance = (other: Run) => Math.abs(levelOf(other) - levelOf(run));
  return distance(a) <= distance(b) ? a : b;
}

function sameTone(a: number | undefined, b: number | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Math.abs(a - b) <= SAME_TONE_HZ;
}

function toneOf({ frames }: Run): number | undefined {
  return frames[0]?.hz === undefined
    ? undefined
    : Math.round(median(frames.flatMap((frame) => frame.hz ?? [])));
}

function levelOf({ frames }: Run): number {
  return median(frames.map((frame) => frame.levelDb));
}

/** The middle value: unlike the mean it ignores the half-filled frames at the edges. */
function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
