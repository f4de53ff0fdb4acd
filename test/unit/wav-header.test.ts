/** What a WAV file's header says, of whole files and of those that a crash has cut off. */
import { describe, expect, test } from 'vitest';
import { encodeWav } from '../../asterisk/sandbox/wav.ts';
import { readHeader } from '../support/file-pieces.ts';

const RATE = 8_000;
const HEADER_BYTES = 44;
const seconds = (length: number) => encodeWav(new Int16Array(length * RATE).fill(1), RATE);

/** As Asterisk leaves it when it crashes: the sizes are written at the end. */
function cutOff(file: Buffer): Buffer {
  const cut = Buffer.from(file);
  cut.writeUInt32LE(0, 4);
  cut.writeUInt32LE(0, HEADER_BYTES - 4);
  return cut;
}

/** A chunk of no concern, in its place before the sound. */
function withChunk(file: Buffer, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write('LIST', 'latin1');
  head.writeUInt32LE(body.length, 4);
  const padding = Buffer.alloc(body.length % 2);
  return Buffer.concat([file.subarray(0, 12), head, body, padding, file.subarray(12)]);
}

test('a whole file is as long as its sound', () => {
  expect(readHeader(seconds(3))).toMatchObject({ seconds: 3, isFinished: true });
});

test('a file that was cut off is as long as what is there, and not finished', () => {
  expect(readHeader(cutOff(seconds(3)))).toMatchObject({ seconds: 3, isFinished: false });
});

test.for([1, 7, 44, 45])('it is read from pieces of %s bytes as well', (bytes) => {
  expect(readHeader(seconds(3), bytes)).toEqual({ seconds: 3, isFinished: true });
});

test('a file without sound is finished: nothing is missing', () => {
  expect(readHeader(seconds(0))).toMatchObject({ seconds: 0, isFinished: true });
  expect(readHeader(cutOff(seconds(0)))).toMatchObject({ seconds: 0, isFinished: true });
});

test.for([0, 1, 6, 7])('other chunks are stepped over, one of %s bytes, too', (bytes) => {
  expect(readHeader(withChunk(seconds(2), Buffer.alloc(bytes, 'x')))).toMatchObject({
    seconds: 2,
    isFinished: true,
  });
});

describe('nothing is said of', () => {
  test.for<[string, Buffer]>([
    ['an empty file', Buffer.alloc(0)],
    ['zeros, as a full disk leaves them', Buffer.alloc(1_000)],
    ['another format', Buffer.from('#!AMR\nabcdefghijklmnopqrstuvwxyz')],
    ['RIFF that is no WAVE', Buffer.from('RIFF\0\0\0\0AVI LIST')],
    ['sound without a format', Buffer.from('RIFF\0\0\0\0WAVEdata\0\0\0\0xxxx', 'latin1')],
    ['a format that is cut off', seconds(1).subarray(0, 24)],
    ['a format of no bytes per second', Buffer.from(seconds(1)).fill(0, 28, 32)],
    ['a chunk that is longer than the file', withChunk(seconds(1), Buffer.alloc(8)).fill(0xff, 16, 20)],
  ])('%s', ([, file]) => {
    expect(readHeader(file)).toBeUndefined();
  });

  test('any beginning of a file that has no sound yet', () => {
    const file = seconds(1);
    for (let length = 0; length < HEADER_BYTES; length++)
      expect(readHeader(file.subarray(0, length)), `${length} bytes`).toBeUndefined();
  });
});
