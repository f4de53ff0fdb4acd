/**
 * When a recording is no message: the one place where that is decided. The README says the same.
 *
 * A take is deleted only when (a) the caller threw it away, (b) a better one has replaced it, or (c) its file holds
 * nothing: it is shorter than VM_MIN_SECONDS, or has no sample above the noise of a silent line. Asterisk's own counts
 * of seconds, talk and silence may be a reason to keep a take, and never one to delete it. A file that can't be read
 * here, such as one in a compressed format, counts as speech.
 */
import { readWav } from './wav.ts';

/**
 * Largest sample, of 32768, of a line on which nobody speaks: hum, comfort noise, the smallest steps of G.711. That is
 * -50 dB; a whisper reaches -40.
 */
export const LINE_NOISE = 100;

/** Of formats without a header, by their file extensions. Of `sln` the samples can be read, too. */
const BYTES_PER_SECOND: Readonly<Partial<Record<string, number>>> = {
  ...{ ulaw: 8_000, ul: 8_000, mu: 8_000, pcm: 8_000, alaw: 8_000, al: 8_000, g722: 8_000 },
  ...{ sln: 16_000, sln16: 32_000, gsm: 1_650, g729: 1_000 },
};

/**
 * Why a file holds nothing. `no content`: not even a header, as a full disk leaves it. `no audio`: not one sample.
 */
export type Emptiness = 'no content' | 'no audio' | 'too short' | 'silent';

/** What is in a recording's file. */
export interface RecordedSound {
  /** Its length; unknown where the format says nothing of it. */
  readonly seconds: number | undefined;
  readonly hasContent: boolean;
  /** Whether somebody may have spoken; also true if that can't be told. */
  readonly mayBeSpeech: boolean;
}

/** @param format Asterisk's file extension */
export function readRecordedSound(file: Buffer, format: string): RecordedSound {
  const hasContent = file.some((byte) => byte !== 0);
  const wav = readWav(file);
  if (wav) return { seconds: wav.seconds, hasContent, mayBeSpeech: !wav.samples || isLoud(wav.samples) };
  const rate = BYTES_PER_SECOND[format.toLowerCase()];
  const samples = format.startsWith('sln') ? file : undefined;
  return {
    seconds: rate && file.length / rate,
    hasContent: hasContent || (samples !== undefined && samples.length > 0),
    mayBeSpeech: !samples || isLoud(samples),
  };
}

/**
 * Why there is no message in this, if there is none.
 * @param minSeconds 0 = everything that has a sample is a message
 */
export function emptinessOf(
  { seconds, hasContent, mayBeSpeech }: RecordedSound,
  minSeconds: number,
): Emptiness | undefined {
  if (!hasContent) return 'no content';
  if (seconds === 0) return 'no audio';
  if (seconds !== undefined && seconds < minSeconds) return 'too short';
  return minSeconds > 0 && !mayBeSpeech ? 'silent' : undefined;
}

/** @param samples 16 bits each, the low byte first */
function isLoud(samples: Buffer): boolean {
  for (let at = 0; at + 1 < samples.length; at += 2) {
    if (Math.abs(samples.readInt16LE(at)) > LINE_NOISE) return true;
  }
  return false;
}
