/** The bench's fake Asterisk works, with the daemon's own process; what it measures is for `npm run bench`. */
import { afterEach, expect, test } from 'vitest';
import { Rig } from '../bench/fake/rig.ts';
import { runFakeBench } from '../bench/fake/run.ts';
import { fakeSection } from '../bench/fake/section.ts';

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.[Symbol.asyncDispose]();
  rig = undefined;
});

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('of calls and messages of each size every figure is measured, and printed beside its goal', async () => {
  const sizes = { inProgress: [2], stored: [3], rounds: 1, turns: 1, events: 100, calls: 3, keys: 3 };
  const result = await runFakeBench({ ...sizes, onProgress: () => {} });
  const [calls] = result.inProgress;
  const [messages] = result.stored;
  for (const values of [calls?.eventCpu, calls?.callCpu, calls?.latency.flat(), messages?.callCpu]) {
    expect(values?.length).toBeGreaterThan(0);
    for (const value of values ?? []) expect(value).toBeGreaterThan(0);
  }
  expect(calls?.latency.flat()).toHaveLength(sizes.keys);
  expect(calls?.usedKiB).toHaveLength(1);
  expect(messages?.usedMiB[0]).toBeGreaterThan(1);
  const [start] = messages?.starts ?? [];
  expect(start?.sinceAnswer).toBeGreaterThan(start?.sinceList ?? Infinity);
  const { markdown, goals } = fakeSection(sizes.rounds, result);
  expect(markdown).toMatch(/^\| CPU per event, µs +\| \d+\.\d\d ×1\.00 +\|$/m);
  expect(goals[0]).toMatchObject({ goal: 'at most 1.20', measured: '1.00', reached: true });
}, 30_000);

test('callers are recorded, their keys arrive, what they accept is counted, and no process stays behind', async () => {
  rig = await Rig.start(3);
  const pids = [rig.server.pid, rig.daemon.pid];
  expect(pids.map(isRunning)).toEqual([true, true]);
  await rig.server.ask('begin', 2);
  // The self-check has cancelled one.
  const cancelled = (await rig.server.ask('requests'))['DELETE recordings/live/*'] ?? NaN;
  await rig.server.ask('latencies', 4);
  expect((await rig.server.ask('requests'))['DELETE recordings/live/*']).toBe(cancelled + 4);
  expect(await rig.server.ask('wholeCalls', 3, 100)).toBe(3);
  await rig.server.ask('quiet', 1);
  // Three that were there, and three new ones, in the mailboxes whose turn it was.
  expect(await rig.server.ask('lamps')).toBe(6);
  rig.check();
  await rig[Symbol.asyncDispose]();
  expect(pids.map(isRunning)).toEqual([false, false]);
}, 30_000);
