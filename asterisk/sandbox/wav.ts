/**
 * Sound files of tests and demo: reads what Asterisk recorded, writes the tones that a scripted caller speaks.
 * Only Asterisk's own `wav` is understood (mono, 16-bit PCM), so that an analysis never guesses at a format.
 */
import { readFile, writeFile } from 'node:fs/promises';

/** A sound in memory: samples of one channel, `rate` in Hz, and its length in seconds. */
export interface Wav {
  samples: Int16Array;
  rate: number;
  seconds: number;
}

/** Loudness of a tone, unless it is to be another; 0 dB is the loudest sine that fits 16 bits. Leaves room for µ-law. */
export const TONE_DB = -10;

/** Amplitude of a sine at 0 dB. */
export const FULL_SCALE = 32_767;

const TONE_RATE = 8_000;
const RAMP_SECONDS = 0.005;
const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;

/**
 * Reads a mono 16-bit PCM file.
 * @throws Error that names the file and says what is wrong with it: not RIFF/WAVE, another format, cut off, or
 * one whose header still lacks the sizes because Asterisk has not closed it.
 */
export async function readWav(path: string): Promise<Wav> {
  const file = await readFile(path);
  const fail = (why: string): never => {
    throw new Error(`${path}: ${why}`);
  };
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    return fail('not a RIFF/WAVE file');
  let rate = 0;
  let offset = 12;
  while (offset + 8 <= file.length) {
    const id = file.toString('latin1', offset, offset + 4);
    const size = file.readUInt32LE(offset + 4);
    const start = offset + 8;
    if (start + size > file.length)
      return fail(`cut off: chunk "${id}" says ${size} bytes, ${file.length - start} left`);
    if (id === 'fmt ') rate = readFormat(file.subarray(start, start + size), fail);
    if (id === 'data') {
      if (rate === 0) return fail('no "fmt " chunk before the sound');
      if (size === 0 && start < file.length)
        return fail('header not final, the recording is still being written');
      return decode(file.subarray(start, start + size), rate);
    }
    offset = start + size + (size % 2);
  }
  return fail('no "data" chunk');
}

/** Returns the sample rate of a `fmt ` chunk after checking that it is the one format read here. */
function readFormat(chunk: Buffer, fail: (why: string) => never): number {
  if (chunk.length < 16) return fail(`"fmt " chunk of ${chunk.length} bytes, at least 16 needed`);
  const [encoding, channels, bits] = [chunk.readUInt16LE(0), chunk.readUInt16LE(2), chunk.readUInt16LE(14)];
  if (encoding !== 1 || channels !== 1 || bits !== 16)
    return fail(`not mono 16-bit PCM: encoding ${encoding}, ${channels} channels, ${bits} bits`);
  return chunk.readUInt32LE(4) || fail('sample rate 0');
}

function decode(data: Buffer, rate: number): Wav {
  const length = Math.floor(data.length / BYTES_PER_SAMPLE);
  const samples = Int16Array.from({ length }, (_, i) => data.readInt16LE(i * BYTES_PER_SAMPLE));
  return { samples, rate, seconds: length / rate };
}

/** Writes a sine of `hz` that lasts `seconds`: 8 kHz mono, edges ramped so that they do not click. */
export async function writeToneWav(
  path: string,
  hz: number,
  seconds: number,
  toneDb = TONE_DB,
): Promise<void> {
  await writeWav(path, toneSamples(hz, seconds, FULL_SCALE * 10 ** (toneDb / 20)), TONE_RATE);
}

/** The same sine as samples, at {@link TONE_DB} or with another amplitude. */
export function toneSamples(
  hz: number,
  seconds: number,
  amplitude = FULL_SCALE * 10 ** (TONE_DB / 20),
): Int16Array {
  const length = Math.round(seconds * TONE_RATE);
  const ramp = RAMP_SECONDS * TONE_RATE;
  return Int16Array.from({ length }, (_, i) => {
    const edge = Math.min(1, i / ramp, (length - i) / ramp);
    return Math.round(amplitude * edge * Math.sin((2 * Math.PI * hz * i) / TONE_RATE));
  });
}

/** Writes `samples` as a mono 16-bit PCM file of `rate` Hz. */
export async function writeWav(path: string, samples: Int16Array, rate: number): Promise<void> {
  await writeFile(path, encodeWav(samples, rate));
}

/** A mono 16-bit PCM file of `rate` Hz. */
export function encodeWav(samples: Int16Array, rate: number): Buffer {
  const bytes = samples.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(HEADER_BYTES + bytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(bytes, 40);
  // Both little-endian, on every machine that Node runs on here.
  file.set(new Uint8Array(samples.buffer, samples.byteOffset, bytes), HEADER_BYTES);
  return file;
}
