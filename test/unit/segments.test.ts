/** The analysis that all tests on real recordings rely on, proved on signals whose truth is known. */
import { describe, expect, it } from 'vitest';
import { levelDb } from '../../asterisk/sandbox/frames.ts';
import { segments, toneSeconds } from '../../asterisk/sandbox/segments.ts';
import type { Wav } from '../../asterisk/sandbox/wav.ts';

const RATE = 8_000;

/** A part of a made-up recording: tones that sound together (none: silence), in Hz, seconds and dB. */
interface Part {
  hz: number[];
  seconds: number;
  db?: number;
}

function sound(parts: Part[], distort: (sample: number, i: number) => number = (sample) => sample): Wav {
  const all = parts.flatMap(({ hz, seconds, db = -10 }) => {
    const amplitude = 32_767 * 10 ** (db / 20);
    return Array.from({ length: Math.round(seconds * RATE) }, (_, i) =>
      hz.reduce((sum, tone) => sum + amplitude * Math.sin((2 * Math.PI * tone * i) / RATE + 1), 0),
    );
  });
  const samples = Int16Array.from(all, (sample, i) => Math.round(distort(sample, i)));
  return { samples, rate: RATE, seconds: samples.length / RATE };
}

/** Sends a sample through µ-law and back, as the telephone network does. */
function muLaw(sample: number): number {
  const biased = Math.min(Math.abs(sample), 32_635) + 132;
  const step = 2 ** (Math.floor(Math.log2(biased)) - 4);
  return Math.sign(sample) * ((Math.floor(biased / step) + 0.5) * step - 132);
}

const tones = (wav: Wav) => segments(wav).map(({ hz }) => (hz === undefined ? 'silence' : Math.round(hz)));
const lengths = (wav: Wav) => segments(wav).map(({ seconds }) => seconds);

describe('segments', () => {
  it.each([300, 333, 440, 697, 1_000, 1_004, 1_777, 2_500, 3_000])('measures a tone of %i Hz', (hz) => {
    for (const distort of [(sample: number) => sample, muLaw]) {
      const [only, ...others] = segments(sound([{ hz: [hz], seconds: 1 }], distort));
      expect(others).toEqual([]);
      expect(Math.abs((only?.hz ?? 0) - hz)).toBeLessThan(2);
      expect(only?.seconds).toBe(1);
      expect(only?.levelDb).toBeCloseTo(-10, 0);
    }
  });

  it('reports silence as one segment without a frequency', () => {
    expect(segments(sound([{ hz: [], seconds: 2 }]))).toEqual([{ hz: undefined, seconds: 2, levelDb: -96 }]);
    expect(tones(sound([{ hz: [], seconds: 2 }], muLaw))).toEqual(['silence']);
  });

  it('reports nothing for an empty recording', () => {
    expect(segments(sound([]))).toEqual([]);
  });

  it('tells two tones after each other apart, and the silence between others', () => {
    const wav = sound([
      { hz: [440], seconds: 1 },
      { hz: [480], seconds: 0.5 },
      { hz: [], seconds: 0.3 },
      { hz: [480], seconds: 0.4 },
    ]);
    expect(tones(wav)).toEqual([440, 480, 'silence', 480]);
    expect(lengths(wav)).toEqual([1, 0.5, 0.3, 0.4]);
  });

  it('is right to a frame about edges wherever they fall', () => {
    for (let shift = 0; shift < 0.02; shift += 0.001) {
      const wav = sound([
        { hz: [], seconds: 0.3 + shift },
        { hz: [440], seconds: 1 },
        { hz: [900], seconds: 0.5 },
        { hz: [], seconds: 0.3 },
      ]);
      const [, first, second] = segments(wav);
      expect(tones(wav), `shift ${shift}`).toEqual(['silence', 440, 900, 'silence']);
      expect(Math.abs((first?.seconds ?? 0) - 1)).toBeLessThanOrEqual(0.0201);
      expect(Math.abs((second?.seconds ?? 0) - 0.5)).toBeLessThanOrEqual(0.0201);
    }
  });

  it('measures a tone at half the level 6 dB lower', () => {
    const wav = sound([
      { hz: [440], seconds: 1 },
      { hz: [600], seconds: 1, db: -16 },
    ]);
    const [loud, soft] = segments(wav);
    expect(tones(wav)).toEqual([440, 600]);
    expect((loud?.levelDb ?? 0) - (soft?.levelDb ?? 0)).toBeCloseTo(6, 1);
  });

  it('takes sound below -45 dB for silence', () => {
    const hum = [
      { hz: [300], seconds: 0.5, db: -50 },
      { hz: [300], seconds: 0.5, db: -40 },
    ];
    expect(tones(sound(hum))).toEqual(['silence', 300]);
  });

  it('ignores clicks in a tone, in silence and at an edge', () => {
    const clicks = [0.25, 0.4, 0.999, 1.2].map((seconds) => seconds * RATE);
    const parts = [
      { hz: [], seconds: 0.4 },
      { hz: [700], seconds: 0.6 },
      { hz: [], seconds: 0.4 },
    ];
    const wav = sound(parts, (sample, i) => (clicks.some((at) => i >= at && i < at + 16) ? 30_000 : sample));
    expect(tones(wav)).toEqual(['silence', 700, 'silence']);
    expect(lengths(wav)[1]).toBeCloseTo(0.6, 1);
  });

  it('gives a gap or a tone of 40 ms to its neighbour, and keeps one of 100 ms', () => {
    const around = (middle: Part) =>
      sound([{ hz: [440], seconds: 0.4 }, middle, { hz: [440], seconds: 0.4 }]);
    expect(segments(around({ hz: [], seconds: 0.04 }))).toMatchObject([{ seconds: 0.84 }]);
    expect(segments(around({ hz: [900], seconds: 0.04 }))).toMatchObject([{ seconds: 0.84 }]);
    expect(tones(around({ hz: [], seconds: 0.1 }))).toEqual([440, 'silence', 440]);
    expect(tones(around({ hz: [900], seconds: 0.1 }))).toEqual([440, 900, 440]);
  });

  it('reports the louder of two tones', () => {
    const parts = [{ hz: [440], seconds: 1 }];
    const wav = sound(parts, (sample, i) => sample + 4_000 * Math.sin((2 * Math.PI * 1_100 * i) / RATE));
    expect(tones(wav)).toEqual([440]);
  });

  it('keeps a DTMF digit in one piece though its two tones are equally loud', () => {
    const five = { hz: [770, 1_336], seconds: 0.3, db: -13 };
    const wav = sound([{ hz: [], seconds: 0.2 }, five, { hz: [], seconds: 0.2 }], muLaw);
    expect(lengths(wav)).toHaveLength(3);
    expect([770, 1_336]).toContain(tones(wav)[1]);
  });

  it('leaves out the rest of a recording that does not fill a frame', () => {
    expect(lengths(sound([{ hz: [440], seconds: 0.519 }]))).toEqual([0.5]);
  });
});

describe('toneSeconds', () => {
  it('adds up all stretches in which the tone dominates', () => {
    const wav = sound([
      { hz: [440], seconds: 1 },
      { hz: [], seconds: 0.5 },
      { hz: [440], seconds: 0.7 },
      { hz: [900], seconds: 0.3 },
    ]);
    expect(toneSeconds(wav, 440)).toBeCloseTo(1.7, 5);
    expect(toneSeconds(wav, 900)).toBeCloseTo(0.3, 5);
    expect(toneSeconds(wav, 600)).toBe(0);
  });
});

describe('levelDb', () => {
  it('is 0 for the loudest sine and -96 for silence and for nothing', () => {
    expect(levelDb(sound([{ hz: [1_000], seconds: 1, db: 0 }]).samples)).toBeCloseTo(0, 2);
    expect(levelDb(new Int16Array(100))).toBe(-96);
    expect(levelDb(new Int16Array(0))).toBe(-96);
  });
});
