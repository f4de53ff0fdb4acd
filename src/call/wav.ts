/**
 * What a WAV file's header says. Asterisk writes the sizes when it closes the file, so in one that was being recorded
 * when Asterisk crashed they are 0, and nothing of it would be heard: its length is told by the file's.
 */

export interface WavHeader {
  readonly bytesPerSecond: number;
  /** Whether its samples are of 16 bits each, as they are: not compressed. */
  readonly isPcm16: boolean;
  /** Where the sound begins. */
  readonly soundAt: number;
  /** How long the sound is, as the header says: 0 if the file was not closed. */
  readonly soundBytes: number;
}

/** A header that is longer is not read: Asterisk's have 44 to 60. */
const LONGEST_HEADER_BYTES = 16 * 1024;
const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Within the chunk `fmt `: bytes per second. */
const BYTE_RATE_AT = 8;
const BITS_AT = 14;
const FMT_BYTES = 16;
/** In the first two bytes of `fmt `: samples as they are. */
const PCM = 1;

/** Reads the header of a file that comes in pieces; holds no more than that. */
export class WavHeaderReader {
  #head = Buffer.alloc(0);
  #header: WavHeader | undefined;
  #isRead = false;

  /** Once it is known: nothing if it is no WAV file. */
  get header(): WavHeader | undefined {
    return this.#header;
  }

  /** Whether it is known. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Hands in the next piece. @returns all that has come by now, the first time that the header is known */
  take(piece: Buffer): Buffer | undefined {
    const head = Buffer.concat([this.#head, piece]);
    const header = readWavHeader(head);
    if (header === 'cut off' && head.length < LONGEST_HEADER_BYTES) {
      this.#head = head;
      return undefined;
    }
    return this.#known(header, head);
  }

  /** The file is over. @returns all that has come of it, if the header was not known before */
  end(): Buffer | undefined {
    return this.#isRead ? undefined : this.#known(undefined, this.#head);
  }

  #known(header: WavHeader | 'cut off' | undefined, head: Buffer): Buffer {
    if (header !== 'cut off') this.#header = header;
    this.#isRead = true;
    this.#head = Buffer.alloc(0);
    return head;
  }
}

/** @returns nothing if this begins no WAV file; `cut off` if it may, and the sound has not begun */
function readWavHeader(head: Buffer): WavHeader | 'cut off' | undefined {
  if (head.length < RIFF_HEADER_BYTES) return 'cut off';
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let bytesPerSecond = 0;
  let isPcm16 = false;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= head.length;) {
    const id = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    const body = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ' && body + FMT_BYTES <= head.length) {
      bytesPerSecond = head.readUInt32LE(body + BYTE_RATE_AT);
      isPcm16 = head.readUInt16LE(body) === PCM && head.readUInt16LE(body + BITS_AT) === 16;
    }
    if (id === 'data') {
      return bytesPerSecond === 0 ? undefined : { bytesPerSecond, isPcm16, soundAt: body, soundBytes: size };
    }
    at = body + size + (size % 2);
  }
  return 'cut off';
}
