/**
 * What a WAV file's header says, and what is true of it: Asterisk writes the sizes when it closes the file, so in
 * one that was being recorded when Asterisk crashed they are 0, and nothing of it would be heard.
 */

export interface WavInfo {
  /** From the size of the file, whatever the header says. */
  readonly seconds: number;
  /** Whether the header says so, too. */
  readonly isFinished: boolean;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Within the chunk `fmt `: bytes per second. */
const BYTE_RATE_AT = 8;

/** @returns nothing if it is no WAV file */
export function readWav(file: Buffer): WavInfo | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let bytesPerSecond = 0;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= file.length;) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ' && body + BYTE_RATE_AT + 4 <= file.length) {
      bytesPerSecond = file.readUInt32LE(body + BYTE_RATE_AT);
    }
    if (id === 'data') {
      if (bytesPerSecond === 0) return undefined;
      const bytes = file.length - body;
      return { seconds: bytes / bytesPerSecond, isFinished: bytes === 0 || size > 0 };
    }
    at = body + size + (size % 2);
  }
  return undefined;
}
