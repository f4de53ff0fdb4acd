/** Why a recording ended by itself, from numbers measured on a real Asterisk. */
import { expect, test } from 'vitest';
import { selfEnd } from '../../src/call/self-ended.ts';
import { loadConfig } from '../../src/config.ts';

const config = (max: number, silence: number) =>
  loadConfig({ VM_MAX_SECONDS: String(max), VM_MAX_SILENCE_SECONDS: String(silence) }).config;

test.for<[string, number, number, number, number, string]>([
  // what happened, elapsed, duration, longest, silence, why
  ['3 s of tone, then 10 s of silence', 13.0, 4, 180, 10, 'silence'],
  ['10 s of silence', 10.0, 1, 180, 10, 'silence'],
  ['2 s of silence', 2.0, 1, 180, 2, 'silence'],
  ['talking until the longest duration', 5.6, 5, 5, 10, 'longest duration'],
  ['no audio for 4 s after 3 s of tone', 7.0, 3, 180, 10, 'no audio'],
  ['a disk that filled up after 2.5 s', 4.1, 2, 180, 10, 'early'],
  ['a disk that filled up, without silence detection', 4.1, 2, 0, 0, 'early'],
  ['a disk that was full', 2.07, 0, 180, 10, 'early'],
])('%s', ([, elapsed, duration, longest, silence, why]) => {
  expect(selfEnd(elapsed, duration, 0, config(longest, silence))).toBe(why);
});

test('what was recorded before a pause counts against the longest duration', () => {
  expect(selfEnd(2.1, 2, 3, config(5, 10))).toBe('longest duration');
});
