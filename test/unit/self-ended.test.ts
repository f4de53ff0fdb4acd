/** Why a recording ended by itself, from times measured on a real Asterisk. */
import { expect, test } from 'vitest';
import { selfEnd } from '../../src/call/self-ended.ts';

test.for<[string, number, number, string]>([
  // what happened, elapsed, longest, why
  ['talking until the longest duration', 5.6, 5, 'longest duration'],
  ['no audio for 4 s after 3 s of tone', 7.0, 180, 'gap'],
  ['no audio at all', 4.0, 180, 'gap'],
  ['no audio, and no longest duration', 4.01, 0, 'gap'],
  ['a disk that filled up after 2.5 s', 3.2, 180, 'early'],
  ['a disk that was full', 2.07, 0, 'early'],
])('%s', ([, elapsed, longest, why]) => {
  expect(selfEnd(elapsed, longest)).toBe(why);
});
