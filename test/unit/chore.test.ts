/** A chore: one at a time, again when it says so, and never once it is stopped. */
import { expect, test, vi } from 'vitest';
import { Chore } from '../../src/chore.ts';
import { useVirtualTime } from '../support/virtual-time.ts';

useVirtualTime();

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Each time takes a second. */
function chore(...pauses: (number | undefined)[]) {
  const begun: number[] = [];
  const start = Date.now();
  const it = new Chore(async () => {
    begun.push(Date.now() - start);
    await wait(1_000);
    return pauses.shift();
  });
  return { it, begun };
}

test('is done again after the pause that it asks for, until it asks for none', async () => {
  const { it, begun } = chore(100, 200, undefined);
  await it.run();
  await wait(10_000);
  expect(begun).toEqual([0, 1_100, 2_300]);
  expect(vi.getTimerCount()).toBe(0);
});

test('waits for its turn, and the pause of the one before is not kept as well', async () => {
  const { it, begun } = chore(5_000, undefined, undefined);
  void it.run();
  await it.run();
  await wait(10_000);
  expect(begun).toEqual([0, 1_000]);
});

test('is not done later once it is stopped', async () => {
  const { it, begun } = chore();
  it.runIn(100);
  it.stop();
  await wait(1_000);
  expect(begun).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
