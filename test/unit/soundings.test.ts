/** Of two voices in one recording each is found by itself. */
import { expect, test } from 'vitest';
import { soundings, soundingSeconds } from '../../asterisk/sandbox/soundings.ts';
import { FULL_SCALE, TONE_DB } from '../../asterisk/sandbox/wav.ts';

const RATE = 8000;

/** Tones on top of each other, each from one second to another. */
function mixed(seconds: number, ...tones: readonly { hz: number; from: number; to: number }[]) {
  const amplitude = FULL_SCALE * 10 ** (TONE_DB / 20);
  const samples = Int16Array.from({ length: seconds * RATE }, (_, i) => {
    const at = i / RATE;
    const sounding = tones.filter(({ from, to }) => at >= from && at < to);
    return sounding.reduce((sum, { hz }) => sum + amplitude * Math.sin(2 * Math.PI * hz * at), 0);
  });
  return { samples, rate: RATE, seconds };
}

test('two tones at once are both found, each where it is, and no third', () => {
  const wav = mixed(3, { hz: 440, from: 0.5, to: 2 }, { hz: 800, from: 1, to: 3 });
  expect(soundings(wav, 440)).toEqual([{ from: 0.5, to: 2 }]);
  expect(soundings(wav, 800)).toEqual([{ from: 1, to: 3 }]);
  expect(soundings(wav, 620)).toEqual([]);
});

test('a tone that pauses is two stretches, and one with a seam is one', () => {
  const parts = [
    { hz: 440, from: 0, to: 1 },
    { hz: 440, from: 1.1, to: 2 },
    { hz: 440, from: 2.5, to: 3 },
  ];
  expect(soundings(mixed(3, ...parts), 440)).toEqual([
    { from: 0, to: 2 },
    { from: 2.5, to: 3 },
  ]);
  expect(soundingSeconds(mixed(3, ...parts), 440)).toBeCloseTo(2.5);
});
