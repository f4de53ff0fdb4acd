/** The pauses between attempts: short at first, never longer than 10 s, and never all the same. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BackOff } from '../../src/ari/back-off.ts';

const random = vi.spyOn(Math, 'random');

beforeEach(() => {
  random.mockReturnValue(1);
});
afterEach(() => {
  random.mockReset();
});

const pauses = (backOff: BackOff, n: number) => Array.from({ length: n }, () => backOff.next());

test('is doubled each time, up to 10 s, and stays there for ever', () => {
  const backOff = new BackOff();
  expect(pauses(backOff, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(new Set(pauses(backOff, 2_000))).toEqual(new Set([10_000]));
});

test('is up to one half shorter, by chance', () => {
  random.mockReturnValue(0);
  expect(pauses(new BackOff(), 8)).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  random.mockReturnValue(0.5);
  expect(new BackOff().next()).toBe(187.5);
});

test('begins anew when it has worked', () => {
  const backOff = new BackOff();
  pauses(backOff, 20);
  backOff.reset();
  expect(backOff.next()).toBe(250);
});
