/** Reading and writing sound files: what is written is what is read, and a wrong file says why it is wrong. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWav, writeToneWav, writeWav } from '../../asterisk/sandbox/wav.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wav-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Writes a file from chunks `[id, bytes]` behind a RIFF header, and returns its path. */
async function riff(...chunks: [id: string, bytes: Buffer][]): Promise<string> {
  const parts = chunks.map(([id, bytes]) => {
    const head = Buffer.alloc(8);
    head.write(id, 'latin1');
    head.writeUInt32LE(bytes.length, 4);
    return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
  });
  return raw(Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...parts]));
}

async function raw(bytes: Buffer): Promise<string> {
  const path = join(dir, 'file.wav');
  await writeFile(path, bytes);
  return path;
}

function format(encoding: number, channels: number, bits: number, rate = 8_000): Buffer {
  const chunk = Buffer.alloc(16);
  chunk.writeUInt16LE(encoding, 0);
  chunk.writeUInt16LE(channels, 2);
  chunk.writeUInt32LE(rate, 4);
  chunk.writeUInt16LE(bits, 14);
  return chunk;
}

it('reads back the samples that it wrote', async () => {
  const path = join(dir, 'own.wav');
  await writeWav(path, Int16Array.of(0, 1, -1, 32_767, -32_768), 16_000);
  expect(await readWav(path)).toEqual({
    samples: Int16Array.of(0, 1, -1, 32_767, -32_768),
    rate: 16_000,
    seconds: 5 / 16_000,
  });
});

it('writes a tone of exactly the length asked for, and begins and ends it softly', async () => {
  const path = join(dir, 'tone.wav');
  await writeToneWav(path, 1_000, 0.5);
  const { samples, rate, seconds } = await readWav(path);
  expect({ rate, seconds }).toEqual({ rate: 8_000, seconds: 0.5 });
  const peak = (part: Int16Array) => Math.max(...part.map(Math.abs));
  expect(peak(samples)).toBe(10_362); // -10 dB of 32,767
  expect(peak(samples.subarray(0, 8))).toBeLessThan(2_100);
  expect(peak(samples.subarray(-8))).toBeLessThan(2_100);
});

it('skips chunks that it does not know, padded to even lengths', async () => {
  const path = await riff(
    ['LIST', Buffer.from('odd')],
    ['fmt ', format(1, 1, 16)],
    ['fact', Buffer.alloc(4)],
    ['data', Buffer.from([1, 0])],
  );
  expect((await readWav(path)).samples).toEqual(Int16Array.of(1));
});

it('reads a recording without any sound as 0 seconds', async () => {
  const path = await riff(['fmt ', format(1, 1, 16)], ['data', Buffer.alloc(0)]);
  expect(await readWav(path)).toEqual({ samples: new Int16Array(0), rate: 8_000, seconds: 0 });
});

it.each<[wrong: string, message: RegExp, make: () => Promise<string>]>([
  ['a text', /file\.wav: not a RIFF\/WAVE file/, () => raw(Buffer.from('hello, this is no sound'))],
  ['an empty file', /not a RIFF\/WAVE file/, () => raw(Buffer.alloc(0))],
  ['a file without sound', /no "data" chunk/, () => riff(['fmt ', format(1, 1, 16)])],
  ['sound without a format', /no "fmt " chunk/, () => riff(['data', Buffer.alloc(2)])],
  ['a short format', /"fmt " chunk of 4 bytes/, () => riff(['fmt ', Buffer.alloc(4)])],
  ['stereo', /not mono 16-bit PCM: encoding 1, 2 channels, 16 bits/, () => riff(['fmt ', format(1, 2, 16)])],
  ['8 bits', /1 channels, 8 bits/, () => riff(['fmt ', format(1, 1, 8)])],
  ['µ-law', /encoding 7/, () => riff(['fmt ', format(7, 1, 16)])],
  ['sample rate 0', /sample rate 0/, () => riff(['fmt ', format(1, 1, 16, 0)])],
])('refuses %s', async (_wrong, message, make) => {
  await expect(readWav(await make())).rejects.toThrow(message);
});

it('refuses a file that is cut off', async () => {
  const path = join(dir, 'cut.wav');
  await writeToneWav(path, 440, 0.1);
  const whole = await readFile(path);
  await expect(readWav(await raw(whole.subarray(0, 1_000)))).rejects.toThrow(
    'cut off: chunk "data" says 1600 bytes, 956 left',
  );
});

it('refuses a recording whose header is not final yet', async () => {
  const path = join(dir, 'open.wav');
  await writeToneWav(path, 440, 0.1);
  const open = await readFile(path);
  open.writeUInt32LE(0, 40);
  await expect(readWav(await raw(open))).rejects.toThrow('header not final');
});
