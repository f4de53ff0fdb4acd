/** Slots: so many calls may correct their result at once, and no more, whoever gives back how often. */
import { expect, test } from 'vitest';
import { ResultSlots } from '../../src/call/result-slots.ts';

test('there are eight, and one that is given back can be taken again', () => {
  const slots = new ResultSlots();
  const taken = Array.from({ length: 8 }, () => slots.take());
  expect(taken).not.toContain(undefined);
  expect(slots.take()).toBeUndefined();
  taken[0]?.();
  expect(slots.take()).toBeTypeOf('function');
  expect(slots.take()).toBeUndefined();
});

test('one that is given back twice is one slot', () => {
  const slots = new ResultSlots();
  const [back] = Array.from({ length: 8 }, () => slots.take());
  back?.();
  back?.();
  expect(slots.take()).toBeTypeOf('function');
  expect(slots.take()).toBeUndefined();
});
