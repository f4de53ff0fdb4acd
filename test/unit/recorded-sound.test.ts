/** When a recording is no message: the rule, tried with silent lines, whispers, and files of every kind. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeWav } from '../../asterisk/sandbox/wav.ts';
import { emptinessOf, LINE_NOISE, SoundReader } from '../../src/call/recorded-sound.ts';
import { readInPieces } from '../support/file-pieces.ts';

const RATE = 8_000;
const SECONDS = 6;

type Sample = (i: number) => number;

/** The same at every run. */
function random(): () => number {
  let state = 305;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Noise of this mean loudness in dB below full scale, as comfort noise is told in RFC 3389. */
function noise(dbov: number): Sample {
  const next = random();
  const rms = 32_768 * 10 ** (dbov / 20);
  // The sum of twelve is normal enough.
  return () => rms * (Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, 0) - 6);
}

const sine = (hz: number, amplitude: number): Sample => {
  return (i) => amplitude * Math.sin((2 * Math.PI * hz * i) / RATE);
};

const wav = (sample: Sample, seconds = SECONDS) =>
  encodeWav(
    Int16Array.from({ length: seconds * RATE }, (_, i) => Math.round(sample(i))),
    RATE,
  );

function hear(file: Buffer, format = 'wav', pieceBytes?: number) {
  const reader = new SoundReader(format);
  const readBytes = readInPieces(file, reader.take, pieceBytes);
  return { sound: reader.end(), readBytes };
}

const judge = (file: Buffer, minSeconds = 1, format = 'wav') =>
  emptinessOf(hear(file, format).sound, minSeconds);

describe('a line on which nobody speaks is no message', () => {
  test.for<[string, Sample]>([
    ['digital silence', () => 0],
    ['the smallest step of A-law', (i) => (i % 2 ? 8 : -8)],
    ['comfort noise of -65 dB', noise(-65)],
    ['comfort noise of -70 dB', noise(-70)],
    ['mains hum of 50 Hz', sine(50, 70)],
    ['mains hum with its harmonics', (i) => sine(50, 40)(i) + sine(150, 20)(i) + sine(250, 15)(i)],
    ['an offset of a bad line', () => 60],
    ['the loudest noise that a line may have', (i) => (i % 2 ? LINE_NOISE : -LINE_NOISE)],
  ])('%s', ([, sample]) => {
    expect(judge(wav(sample))).toBe('silent');
    // "0 = keep all" is kept literally.
    expect(judge(wav(sample), 0)).toBeUndefined();
  });
});

describe('whoever speaks, however quietly, leaves a message', () => {
  test.for<[string, Sample]>([
    ['a tone 20 dB quieter than usual, whose samples have a mean of 180', sine(440, 283)],
    ['a tone quieter by another 6 dB', sine(440, 141)],
    ['a whisper of -48 dB', noise(-48)],
    ['a whisper of -55 dB, which is hardly more than the noise of a line', noise(-55)],
    ['one word in a long silence', (i) => (i > 20_000 && i < 22_000 ? sine(300, 150)(i) : 0)],
    ['a single sample', (i) => (i === 30_000 ? LINE_NOISE + 1 : 0)],
    ['a single sample the other way', (i) => (i === SECONDS * RATE - 1 ? -LINE_NOISE - 1 : 0)],
    ['the loudest possible', (i) => (i % 2 ? 32_767 : -32_768)],
  ])('%s', ([, sample]) => {
    expect(judge(wav(sample))).toBeUndefined();
  });
});

describe('the length that counts is the file’s', () => {
  const loud = sine(440, 8_000);

  test.for([
    [0.98, 1, 'too short'],
    [1, 1, undefined],
    [1.78, 1, undefined],
    [1.78, 2, 'too short'],
    [0.02, 0, undefined],
  ] as const)('%s s of speech, at least %s', ([seconds, minSeconds, emptiness]) => {
    expect(judge(wav(loud, seconds), minSeconds)).toBe(emptiness);
  });

  test('whatever the header says: Asterisk may have crashed before it wrote that', () => {
    const file = wav(loud);
    file.writeUInt32LE(0, 40);
    expect(judge(file)).toBeUndefined();
  });
});

describe('a file in which there is nothing is no message, even if nothing is too short', () => {
  test.for([0, 1])('VM_MIN_SECONDS=%s', (minSeconds) => {
    expect(
      judge(
        wav(() => 0, 0),
        minSeconds,
      ),
    ).toBe('no audio');
    expect(judge(Buffer.alloc(0), minSeconds)).toBe('no content');
    expect(judge(Buffer.alloc(4_096), minSeconds)).toBe('no content');
  });
});

describe('in other formats', () => {
  test('the length of those without a header is told by their size', () => {
    const second = Buffer.alloc(8_000, 0x7e);
    expect(judge(second, 1, 'ulaw')).toBeUndefined();
    expect(judge(second.subarray(1), 1, 'ulaw')).toBe('too short');
    expect(judge(Buffer.alloc(1_649, 1), 1, 'gsm')).toBe('too short');
  });

  test('what is compressed counts as speech', () => {
    expect(judge(Buffer.alloc(60_000, 0xff), 1, 'ulaw')).toBeUndefined();
    expect(judge(Buffer.from('OggS and then some'), 1, 'ogg')).toBeUndefined();
    const gsm = wav(() => 0);
    gsm.writeUInt16LE(0x31, 20);
    expect(judge(gsm, 1, 'WAV')).toBeUndefined();
  });

  test('plain samples are heard as those of a WAV', () => {
    const samples = (sample: Sample) => wav(sample).subarray(44);
    expect(
      judge(
        samples(() => 0),
        1,
        'sln',
      ),
    ).toBe('silent');
    expect(judge(samples(sine(300, 150)), 1, 'sln16')).toBeUndefined();
  });
});

describe('a file that comes in pieces', () => {
  const files: readonly Buffer[] = [
    wav((i) => (i === 20_001 ? LINE_NOISE + 1 : 0)),
    wav(() => LINE_NOISE),
    wav(() => 0, 0),
    Buffer.alloc(4_096),
    Buffer.alloc(3, 1),
    wav((i) => (i === 3 ? -LINE_NOISE - 1 : 0)).subarray(44),
    Buffer.concat([Buffer.alloc(9_000), Buffer.from('OggS')]),
  ];

  test('is judged as one that comes at once, wherever the pieces end', () => {
    const property = fc.property(
      fc.constantFrom(...files),
      fc.constantFrom('wav', 'sln', 'ogg', 'ulaw'),
      fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 100_000 })),
      (file, format, pieceBytes) => {
        expect(hear(file, format, pieceBytes).sound).toEqual(hear(file, format, file.length + 1).sound);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test('is read to the first sound that is speech, and its length is known all the same', () => {
    const { sound, readBytes } = hear(wav((i) => (i > 20_000 ? sine(300, 150)(i) : 0), 60));
    expect(sound).toEqual({ seconds: 60, hasContent: true, mayBeSpeech: true });
    expect(readBytes).toBeLessThan(80_000);
  });

  test('is read to its end where the server has not told how long it is', () => {
    const reader = new SoundReader('wav');
    const file = wav(sine(300, 8_000));
    readInPieces(file, (piece) => reader.take(piece, undefined));
    expect(reader.end()).toEqual({ seconds: SECONDS, hasContent: true, mayBeSpeech: true });
  });
});
