/** The demo's drawing of a recording. */
import { expect, it } from 'vitest';
import { waveform } from '../../asterisk/sandbox/waveform.ts';

/** One second of a tone for each loudness in dB. */
function steps(...levels: number[]) {
  const parts = levels.flatMap((db) =>
    Array.from({ length: 8_000 }, (_, i) => 32_767 * 10 ** (db / 20) * Math.sin((2 * Math.PI * i) / 8)),
  );
  return { samples: Int16Array.from(parts), rate: 8_000, seconds: levels.length };
}

it('draws one character per stretch of time, the louder the higher', () => {
  expect(waveform(steps(-96, -36, -24, -12, 0), 5)).toBe(' ▂▄▆█');
});

it('draws more levels on more lines', () => {
  expect(waveform(steps(-96, -36, -24, -12, 0), 5, 2)).toBe('   ▄█\n ▄███');
});

it('draws blanks for a recording without sound, and fills the width of a very short one', () => {
  expect(waveform({ samples: new Int16Array(0), rate: 8_000, seconds: 0 }, 4)).toBe('    ');
  expect(waveform({ samples: Int16Array.of(32_767, -32_767), rate: 8_000, seconds: 0 }, 4)).toHaveLength(4);
});
