/**
 * When a recording is no message: the one place where that is decided. The README says the same.
 *
 * A take is deleted only when (a) the caller threw it away, (b) a better one has replaced it, or (c) its file holds
 * nothing: it is shorter than VM_MIN_SECONDS, or has no sample above the noise of a silent line. Asterisk's own counts
 * of seconds, talk and silence may be a reason to keep a take, and never one to delete it. A file that can't be read
 * here, such as one in a compressed format, counts as speech.
 */
import type { ReadPiece } from '../ari/ari-port.ts';
import { WavHeaderReader } from './wav.ts';

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

/** Hears a recording whose file comes in pieces, until it is sure that somebody may have spoken. Holds no more than a piece. */
export class SoundReader {
  readonly #header = new WavHeaderReader();
  readonly #format: string;
  /** Of the file. */
  #bytes = 0;
  #wholeBytes: number | undefined;
  #hasContent = false;
  #mayBeSpeech = false;
  /** The first byte of a sample whose second has not come. */
  #half: number | undefined;

  /** @param format Asterisk's file extension */
  constructor(format: string) {
    this.#format = format.toLowerCase();
  }

  get #isSln(): boolean {
    return this.#format.startsWith('sln');
  }

  /** Hands in the next piece. @returns whether the rest would change nothing */
  readonly take: ReadPiece = (piece, wholeBytes) => {
    this.#bytes += piece.length;
    this.#wholeBytes = wholeBytes;
    this.#hasContent ||= piece.some((byte) => byte !== 0);
    if (this.#header.isRead) this.#hear(piece);
    else this.#begin(this.#header.take(piece));
    return wholeBytes !== undefined && this.#hasContent && this.#mayBeSpeech;
  };

  /** What is in the file, of which no more comes. */
  end(): RecordedSound {
    this.#begin(this.#header.end());
    const bytes = this.#wholeBytes ?? this.#bytes;
    const { header } = this.#header;
    const rate = BYTES_PER_SECOND[this.#format];
    return {
      seconds: header ? (bytes - header.soundAt) / header.bytesPerSecond : rate && bytes / rate,
      hasContent: this.#hasContent || (!header && this.#isSln && bytes > 0),
      mayBeSpeech: this.#mayBeSpeech,
    };
  }

  /** @param file what has come of it by now, when its header has become known */
  #begin(file: Buffer | undefined): void {
    if (!file) return;
    const { header } = this.#header;
    if (header ? header.isPcm16 : this.#isSln) this.#hear(file.subarray(header?.soundAt ?? 0));
    else this.#mayBeSpeech = true;
  }

  /** @param samples 16 bits each, the low byte first */
  #hear(samples: Buffer): void {
    if (this.#mayBeSpeech || samples.length === 0) return;
    let at = 0;
    if (this.#half !== undefined) {
      this.#mayBeSpeech = isLoud(Buffer.of(this.#half, samples[at++] ?? 0).readInt16LE());
      this.#half = undefined;
    }
    for (; at + 1 < samples.length && !this.#mayBeSpeech; at += 2)
      this.#mayBeSpeech = isLoud(samples.readInt16LE(at));
    if (at < samples.length) this.#half = samples[at];
  }
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

function isLoud(sample: number): boolean {
  return Math.abs(sample) > LINE_NOISE;
}
