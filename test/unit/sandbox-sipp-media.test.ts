/** The sounds that SIPp sends are bytes on the wire: a wrong one would be a wrong voice or a wrong key. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writePress, writeVoice } from '../../asterisk/sandbox/sipp-media.ts';
import { writeWav } from '../../asterisk/sandbox/wav.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sipp-media-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a pressed key is one event that grows, and only its last packet ends it', async () => {
  const path = join(dir, 'key.rtp');
  await writePress(path, '#');
  const file = await readFile(path);
  const packets = [0, 50, 100, 150].map((start) => [...file.subarray(start, start + 4)]);
  expect(file).toHaveLength(200);
  expect(packets).toEqual([
    [11, 10, 0, 240],
    [11, 10, 1, 224],
    [11, 10, 2, 208],
    [11, 138, 3, 192],
  ]);
});

test.each(['', 'x', '12', '€'])('"%s" is no key', async (digit) => {
  await expect(writePress(join(dir, 'key.rtp'), digit)).rejects.toThrow(RangeError);
});

test('voice becomes µ-law, filled up with silence to a whole packet', async () => {
  const wav = join(dir, 'a.wav');
  await writeWav(wav, Int16Array.of(0, 32_767, -32_768, 1000, -1000), 8000);
  await writeVoice(join(dir, 'a.ulaw'), wav);
  const file = await readFile(join(dir, 'a.ulaw'));
  expect(file).toHaveLength(160);
  expect([...file.subarray(0, 6)]).toEqual([0xff, 0x80, 0x00, 0xce, 0x4e, 0xff]);
});

test('voice of another rate is refused', async () => {
  const wav = join(dir, 'a.wav');
  await writeWav(wav, new Int16Array(160), 16_000);
  await expect(writeVoice(join(dir, 'a.ulaw'), wav)).rejects.toThrow('has 16000 Hz; a call has 8000');
});
