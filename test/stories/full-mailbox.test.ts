/** VM_MAX_MESSAGES, however many callers come at once, however they leave, and whoever the daemon is by then. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STANDING_VARIABLE } from '../../src/call/standing.ts';
import { describeHostility, hostility, makeHostile } from '../support/hostile.ts';
import { type FakeCaller, FakeStage } from '../support/fake-stage.ts';
import { FakeTakeoverStage } from '../support/fake-takeover.ts';
import { propertyLimit, propertyRuns } from '../support/property-runs.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

const PARAMETERS = propertyRuns(150);
const LIMIT = propertyLimit(PARAMETERS.numRuns);

useVirtualTime();

const startStage = (most: number, settings: NodeJS.ProcessEnv = {}) =>
  new FakeStage({ ...STORY_SETTINGS, ...settings, VM_MAX_MESSAGES: `${most}` });

async function callers(stage: FakeStage | FakeTakeoverStage, count: number, mailbox = '305') {
  const all = Array.from({ length: count }, () => stage.call(mailbox));
  return Promise.all(all);
}

async function speak(caller: FakeCaller, times = 1): Promise<void> {
  await caller.until('Recording voicemail', times);
  await caller.say(440, 2);
}

async function leave(all: readonly FakeCaller[]): Promise<void> {
  for (const caller of all) await caller.hangup();
  for (const caller of all) await caller.over();
}

async function leaveMessage(stage: FakeStage): Promise<void> {
  const caller = await stage.call('305');
  await speak(caller);
  await leave([caller]);
}

const reasons = (all: readonly FakeCaller[]) => all.map(({ channel }) => channel.result['VMREASON']);

test('of seven who come at once, no more are let in than there is room for', async () => {
  const stage = startStage(3);
  const all = await callers(stage, 7);
  const [letIn, refused] = [all.slice(0, 3), all.slice(3)];
  for (const caller of refused) await caller.over();
  expect(reasons(refused)).toEqual(Array(4).fill('full'));
  await Promise.all(letIn.map((caller) => speak(caller)));
  await leave(letIn);
  expect(await stage.messages('305')).toHaveLength(3);
});

test('who is let in to one mailbox takes no room in another', async () => {
  const stage = startStage(1);
  const [first, other] = [await stage.call('305'), await stage.call('306')];
  await Promise.all([speak(first), speak(other)]);
  await leave([first, other]);
  expect(stage.messagesTold.size).toBe(2);
});

describe('room that was taken is there again for the next caller after one who', () => {
  test.for<[string, (caller: FakeCaller) => Promise<void>]>([
    ['hangs up before the beep', (caller) => caller.wait(0.1)],
    ['hangs up without a word', (caller) => caller.until('Recording voicemail')],
    ['throws the message away', async (caller) => (await speak(caller), caller.press('9'))],
    ['throws it away in the review', async (caller) => (await speak(caller), caller.press('#9'))],
    ['says nothing to the end', (caller) => caller.wait(200)],
  ])('%s', async ([, act]) => {
    const stage = startStage(1);
    const first = await stage.call('305');
    await act(first);
    await leave([first]);
    await leaveMessage(stage);
    expect(await stage.messages('305')).toHaveLength(1);
  });

  test('cannot be recorded', async () => {
    const stage = startStage(1);
    stage.asterisk.faults = (operation) => (operation === 'record' ? { status: 500 } : undefined);
    const first = await stage.call('305');
    await first.over();
    stage.asterisk.faults = () => undefined;
    await leaveMessage(stage);
    expect(await stage.messages('305')).toHaveLength(1);
  });
});

test('a message takes the room of its caller, and no more, before the call is over', async () => {
  const stage = startStage(2);
  const first = await stage.call('305');
  await speak(first);
  await first.press('##');
  await first.until('Ending voice mail call');
  await leaveMessage(stage);
  expect(await stage.messages('305')).toHaveLength(2);
});

describe('a copy', () => {
  test('is not made to a mailbox whose last room somebody has who speaks', async () => {
    const stage = startStage(1);
    const [caller, other] = [await stage.call('305'), await stage.call('306')];
    await Promise.all([speak(caller), speak(other)]);
    await caller.press('#0306#');
    await caller.wait(1);
    await leave([caller, other]);
    expect(await stage.messages('306')).toHaveLength(1);
  });

  test('of one of two who copy to the same mailbox at once is made', async () => {
    const stage = startStage(1);
    const both = [await stage.call('305'), await stage.call('306')];
    await Promise.all(both.map((caller) => speak(caller)));
    await Promise.all(both.map((caller) => caller.press('#0307#')));
    await both[0]?.wait(1);
    await leave(both);
    expect(await stage.messages('307')).toHaveLength(1);
  });

  test('that fails gives back its room', async () => {
    const stage = startStage(1);
    const caller = await stage.call('305');
    await speak(caller);
    stage.asterisk.faults = (operation) =>
      operation === 'copyStoredRecording' ? { status: 500 } : undefined;
    await caller.press('#0307#');
    await caller.wait(3);
    stage.asterisk.faults = () => undefined;
    const other = await stage.call('307');
    await speak(other);
    await leave([caller, other]);
    expect(await stage.messages('307')).toHaveLength(1);
  });
});

describe('the next daemon', () => {
  test.for<[string, string]>([
    ['who speaks', ''],
    ['who has paused', '5'],
    ['who hears the message', '#'],
  ])('lets nobody in beside a caller %s, and keeps that message', async ([, keys]) => {
    const settings = { ...TAKEOVER_SETTINGS, VM_MAX_MESSAGES: '1' };
    const stage = await FakeTakeoverStage.start('killed', settings);
    const caller = await stage.call('305');
    await speak(caller);
    await caller.press(keys);
    await caller.wait(0.5);
    stage.goAway();
    const back = stage.comeBack();
    // The calls are taken up first: whoever comes in this moment finds them there.
    await caller.wait(0.02);
    const early = await stage.call('305');
    await back;
    const late = await stage.call('305');
    await early.over();
    await late.over();
    expect(reasons([early, late])).toEqual(['full', 'full']);
    await leave([caller]);
    expect(await stage.messages('305')).toHaveLength(1);
    expect(await stage.counted('305')).toBe(1);
  });

  test('lets nobody in beside a caller of whom nothing was noted, while it finds out where that call stands', async () => {
    const settings = { ...TAKEOVER_SETTINGS, VM_MAX_MESSAGES: '1' };
    const stage = await FakeTakeoverStage.start('killed', settings);
    const caller = await stage.call('305');
    await speak(caller);
    stage.goAway();
    caller.channel.variables.delete(STANDING_VARIABLE);
    stage.asterisk.faults = (operation) => (operation === 'getLiveRecording' ? { lateMs: 1_000 } : undefined);
    const back = stage.comeBack();
    await caller.until('Taking up a call');
    const early = await stage.call('305');
    await early.over();
    expect(reasons([early])).toEqual(['full']);
    await back;
    await leave([caller]);
    expect(await stage.messages('305')).toHaveLength(1);
  });

  test('takes whoever has left a message already for let in, though nothing was noted and the mailbox is full', async () => {
    const settings = { ...TAKEOVER_SETTINGS, VM_MAX_MESSAGES: '1' };
    const stage = await FakeTakeoverStage.start('killed', settings);
    const caller = await stage.call('305');
    await speak(caller);
    await caller.press('#');
    await caller.until('Entering reviewing state');
    await stage.away(() => {
      caller.channel.variables.delete(STANDING_VARIABLE);
      stage.asterisk.store('voicemail/305/INBOX/1700000009999-x', [{ hz: 880, seconds: 2, levelDb: -10 }]);
      return Promise.resolve();
    });
    await caller.press('*');
    await speak(caller, 2);
    await caller.hangup();
    await caller.over();
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'hangup' });
  });
});

test(
  'whatever callers do and whatever fails, no mailbox gets more than it may, and none stays shut',
  LIMIT,
  async () => {
    const MOST = 2;
    const act = fc.record({
      afterMs: fc.nat(6_000),
      keys: fc.constantFrom('', '#', '##', '9', '*', '5', '#9', '#*', '#0306#', '*#', '55'),
      speaksMs: fc.constantFrom(0, 300, 1_500, 4_000),
      mailbox: fc.constantFrom('305', '306'),
    });
    const made = fc
      .record({ acts: fc.array(act, { minLength: 3, maxLength: 7 }), hostility: fc.option(hostility) })
      .map((it) => ({
        ...it,
        [fc.toStringMethod]: () =>
          `${JSON.stringify(it.acts)} ${it.hostility ? describeHostility(it.hostility) : ''}`,
      }));
    const property = fc.asyncProperty(made, async ({ acts, hostility }) => {
      const stage = startStage(MOST);
      if (hostility) makeHostile(stage.asterisk, hostility);
      await Promise.all(
        acts.map(async ({ afterMs, keys, speaksMs, mailbox }) => {
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          const caller = await stage.call(mailbox);
          await caller.wait(1);
          await caller.say(440, speaksMs / 1000);
          await caller.press(keys);
          await caller.wait(5);
          await caller.hangup();
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 240_000));
      expect(stage.router.size).toBe(0);
      // In doubt all is kept, whatever the limit.
      const counts = ['305', '306'].map(
        (mailbox) => [...stage.messagesTold].filter((name) => name.includes(`/${mailbox}/`)).length,
      );
      if (!hostility) expect(Math.max(...counts)).toBeLessThanOrEqual(MOST);
      stage.asterisk.faults = () => undefined;
      stage.asterisk.deliveries = () => [1];
      for (const [n, mailbox] of ['305', '306'].entries()) {
        const next = await stage.call(mailbox);
        await next.wait(2);
        await next.hangup();
        await next.over();
        expect(next.channel.result['VMREASON'] === 'full').toBe((counts[n] ?? 0) >= MOST);
      }
    });
    await fc.assert(property, PARAMETERS);
  },
);
