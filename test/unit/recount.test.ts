/** Messages that others add or delete are counted, at a price that is known; and a list that fails is one warning. */
import { beforeEach, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { createLog } from '../../src/log.ts';
import { Recount } from '../../src/recount.ts';
import { useVirtualTime } from '../support/virtual-time.ts';

useVirtualTime();

let log: DaemonLog;
let tookMs: number;
let failure: Error | undefined;
let recount: Recount;

beforeEach(() => {
  log = new DaemonLog();
  tookMs = 0;
  failure = undefined;
  const load = async () => {
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    if (failure) throw failure;
    return [];
  };
  recount = new Recount(load, createLog('info', log));
});

test.for([
  [5, 60_000],
  [600, 60_000],
  [3_000, 300_000],
])('after a count that took %s ms the next is %s ms later', async ([took = 0, pause = 0]) => {
  tookMs = took;
  expect(await recount.count()).toEqual([]);
  expect(recount.pauseMs).toBeGreaterThanOrEqual(pause);
  expect(recount.pauseMs).toBeLessThan(pause * 1.2);
});

test('one that fails after long is tried again as late', async () => {
  tookMs = 20_000;
  failure = new Error('no answer');
  expect(await recount.count()).toBeUndefined();
  expect(recount.pauseOf(250)).toBeGreaterThanOrEqual(2_000_000);
});

test('a list that fails is one warning, which names the causes, and one line when it is there again', async () => {
  failure = new Error('500 Allocation failed');
  await recount.count();
  await recount.count();
  failure = undefined;
  await recount.count();
  await recount.count();
  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  expect(log.lines[0]?.msg).toMatch(
    /VM_MAX_MESSAGES goes by the last count.*dangling link.*lost\+found.*UTF-8/,
  );
});
