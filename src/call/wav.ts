/**
 * What a WAV file's header says, and what is true of it: Asterisk writes the sizes when it closes the file, so in
 * one that was being recorded when Asterisk crashed they are 0, and nothing of it would be heard.
 */

export interface WavInfo {
  /** From the size of the file, whatever the header says. */
  readonly seconds: number;
  /** Whether the header says so, too. */
  readonly isFinished: boolean;
  /** Of 16 bits each; unless the sound is compressed. */
  readonly samples: Buffer | undefined;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Within the chunk `fmt `: bytes per second. */
const BYTE_RATE_AT = 8;
const BITS_AT = 14;
const FMT_BYTES = 16;
/** In the first two bytes of `fmt `: samples as they are. */
const PCM = 1;

/** @returns nothing if it is no WAV file */
export function readWav(file: Buffer): WavInfo | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let bytesPerSecond = 0;
  let isPcm16 = false;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= file.length;) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ' && body + FMT_BYTES <= file.length) {
      bytesPerSecond = file.readUInt32LE(body + BYTE_RATE_AT);
      isPcm16 = file.readUInt16LE(body) === PCM && file.readUInt16LE(body + BITS_AT) === 16;
    }
    if (id === 'data') {
      if (bytesPerSecond === 0) return undefined;
      const bytes = file.length - body;
      const samples = isPcm16 ? file.subarray(body) : undefined;
      return { seconds: bytes / bytesPerSecond, isFinished: bytes === 0 || size > 0, samples };
    }
    at = body + size + (size % 2);
  }
  return undefined;
}
