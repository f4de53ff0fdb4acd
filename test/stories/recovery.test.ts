/**
 * The nasty moments for a daemon to die in, on the fake Asterisk: within what a key sets off, in prompts, in the
 * take-up itself. The next one goes on where the caller stands, and nothing is lost or said twice.
 */
import { describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import type { FakeCaller } from '../support/fake-stage.ts';
import { type Away, FakeTakeoverStage } from '../support/fake-takeover.ts';
import { tones } from './stories.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

const FIRST = 440;
const SECOND = 880;
const NOBODY = { calls: 0, channels: 0, liveRecordings: [] };
/** As long as what follows a key takes: stop, its end, a look, a variable, a playback. */
const AFTER_A_KEY_MS = Array.from({ length: 16 }, (_, ms) => ms);

useVirtualTime(1_700_000_000_000);

let stage: FakeTakeoverStage;
let caller: FakeCaller;

async function begin(settings: NodeJS.ProcessEnv = {}, mailbox = '305', how: Away = 'killed'): Promise<void> {
  stage = await FakeTakeoverStage.start(how, { ...TAKEOVER_SETTINGS, ...settings });
  caller = await stage.call(mailbox);
}

const die = () => stage.away(() => Promise.resolve());

async function say(hz: number, times = 1): Promise<void> {
  await caller.until('Recording voicemail', times);
  await caller.say(hz, 2);
}

async function review(times = 1): Promise<void> {
  await say(times === 1 ? FIRST : SECOND, times);
  await caller.press('#');
  await caller.until('Entering reviewing state', times);
}

/** The tones of each message, in Hz. */
const heard = async () =>
  (await stage.messages('305')).map(({ sounds }) => tones(sounds).map(({ hz }) => hz));

const played = () => caller.channel.played.map((media) => media.replace(/^sound:|^(recording):.*/, '$1'));

/** The caller is gone, and so is all that belonged to the call. */
async function expectOver(messages: readonly number[][]): Promise<void> {
  await caller.wait(30);
  expect(stage.leftovers()).toEqual(NOBODY);
  expect(await heard()).toEqual(messages);
  expect(await stage.counted('305')).toBe(messages.length);
}

describe('the daemon dies before anything was recorded', () => {
  test.for([0, 0.001, 0.002, 0.003, 0.1, 0.3, 0.303, 0.306])(
    '%s s after the call came in',
    async (seconds) => {
      await begin();
      await caller.wait(seconds);
      await die();
      await caller.wait(0.5); // the beep
      await caller.say(FIRST, 2);
      await caller.hangup();
      await expectOver([[FIRST]]);
      expect((await stage.messages('305'))[0]?.name).toMatch(/-1$/);
    },
  );

  test('in the introduction: it is said again, and the beep is heard once', async () => {
    await begin({ VM_PROMPTS: 'on' });
    await caller.until('Entering recording state');
    await caller.wait(0.5);
    await die();
    await say(FIRST);
    await caller.hangup();
    expect(played()).toEqual(['vm-intro', 'vm-intro', 'beep']);
    await expectOver([[FIRST]]);
  });

  test('and the caller hangs up meanwhile: there is nothing', async () => {
    await begin();
    await stage.away(() => caller.hangup());
    await expectOver([]);
  });
});

describe('the daemon dies while a key is carried out', () => {
  test.for(AFTER_A_KEY_MS)('# of the recording, after %s ms: the message is reviewed', async (ms) => {
    await begin();
    await say(FIRST);
    await caller.press('#');
    await caller.wait(ms / 1000);
    await die();
    if (stage.asterisk.liveRecordings.length > 0) await caller.press('#'); // it was not heard
    await caller.wait(1);
    expect(played().at(-1)).toBe('recording');
    await caller.press('#');
    await caller.gone();
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'accepted' });
    await expectOver([[FIRST]]);
  });

  test.for(AFTER_A_KEY_MS)(
    '* of the review, after %s ms: the first take stays until the next',
    async (ms) => {
      await begin();
      await review();
      await caller.press('*');
      await caller.wait(ms / 1000);
      await stage.away(() => caller.hangup());
      await expectOver([[FIRST]]);
    },
  );

  test.for(AFTER_A_KEY_MS)('* of a second take, after %s ms: it is made again', async (ms) => {
    await begin();
    await review();
    await caller.press('*');
    await say(SECOND, 2);
    await caller.press('*');
    await caller.wait(ms / 1000);
    await die();
    await caller.wait(1);
    await caller.hangup();
    await caller.wait(30);
    expect(stage.leftovers()).toEqual(NOBODY);
    // Whether the key was still heard, only this tells.
    const canceled = stage.log.lines.some(({ msg }) => msg === 'Canceling recording');
    if (!canceled) expect(await heard()).toEqual([[SECOND]]);
    expect(await heard()).toHaveLength(1);
    expect(await stage.counted('305')).toBe(1);
  });

  test.for(AFTER_A_KEY_MS)('# of a second take, after %s ms: it takes the place of the first', async (ms) => {
    await begin();
    await review();
    await caller.press('*');
    await say(SECOND, 2);
    await caller.press('#');
    await caller.wait(ms / 1000);
    await stage.away(() => caller.hangup());
    await expectOver([[SECOND]]);
  });

  test.for(AFTER_A_KEY_MS)('9 of the recording, after %s ms: nothing half is left', async (ms) => {
    await begin();
    await say(FIRST);
    await caller.press('9');
    await caller.wait(ms / 1000);
    await die();
    await caller.wait(1);
    await caller.press('9');
    await caller.gone();
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'USEREXIT', VMREASON: 'discarded' });
    await expectOver([]);
  });

  test.for(AFTER_A_KEY_MS)('5 of the recording, after %s ms: 5 goes on, and all is there', async (ms) => {
    await begin();
    await say(FIRST);
    await caller.press('5');
    await caller.wait(ms / 1000);
    await die();
    await caller.wait(1);
    await caller.hangup();
    await expectOver([[FIRST]]);
  });

  test.for(AFTER_A_KEY_MS)('# of the review, after %s ms: the message is kept', async (ms) => {
    await begin({ VM_PROMPTS: 'on' });
    await review();
    await caller.press('#');
    await caller.wait(ms / 1000);
    await die();
    await caller.wait(60);
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS' });
    await expectOver([[FIRST]]);
  });
});

test('the daemon dies in the goodbye: it is said again, and the result stays', async () => {
  await begin({ VM_PROMPTS: 'on' });
  await review();
  await caller.press('#');
  await caller.until('Ending voice mail call');
  await caller.wait(0.5);
  await die();
  await caller.gone();
  expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'accepted' });
  expect(played().slice(-3)).toEqual(['vm-msgsaved', 'vm-msgsaved', 'vm-goodbye']);
  await expectOver([[FIRST]]);
});

test('a call to a bad mailbox is refused by the next daemon, too', async () => {
  await begin({ VM_PROMPTS: 'on' }, '../305');
  await caller.wait(0.5);
  await die();
  await caller.gone();
  expect(caller.channel.result).toMatchObject({ VMSTATUS: 'FAILED', VMREASON: 'bad-mailbox' });
  expect(played()).toEqual(['ss-noservice', 'ss-noservice', 'vm-goodbye']);
  await expectOver([]);
  expect(stage.asterisk.stored.size).toBe(0);
});

test('a pause outlives two daemons, and what is said after it is part of the message', async () => {
  await begin();
  await say(FIRST);
  await caller.press('5');
  await caller.until('Pausing recording');
  await caller.wait(0.5);
  await die();
  await die();
  await caller.wait(1);
  await caller.press('5');
  await caller.until('Unpausing recording');
  await caller.say(SECOND, 2);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  await caller.hangup();
  await expectOver([[FIRST, SECOND]]);
});

describe('the next daemon dies, too', () => {
  test.for(Array.from({ length: 20 }, (_, ms) => ms))('%s ms after it has come', async (ms) => {
    await begin();
    await review();
    await caller.press('*');
    await say(SECOND, 2);
    stage.goAway();
    await caller.wait(1);
    void stage.comeBack();
    await caller.wait(ms / 1000);
    await die();
    await caller.press('#');
    await caller.wait(2);
    expect(played().at(-1)).toBe('recording');
    await caller.press('#');
    await expectOver([[SECOND]]);
  });
});

test('what is undecided when the next daemon comes is no message before it is decided', async () => {
  await begin();
  await review();
  await caller.press('*');
  await say(SECOND, 2);
  await die();
  expect(await stage.counted('305')).toBe(0);
  await caller.wait(1);
  expect(await stage.counted('305')).toBe(0);
  await caller.hangup();
  await expectOver([[SECOND]]);
});

test('a long message that is being heard when the daemon dies keeps nobody waiting', async () => {
  await begin();
  await caller.until('Recording voicemail');
  await caller.say(FIRST, 12);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  await caller.wait(0.5);
  await die();
  await caller.wait(0.5);
  await caller.press('*');
  await caller.wait(1);
  expect(stage.asterisk.liveRecordings).toHaveLength(1);
  await caller.hangup();
  await expectOver([[FIRST]]);
});

test('the end of what the daemon before was playing is not taken for the end of the beep', async () => {
  await begin();
  await caller.until('Entering recording state');
  await caller.wait(0.1);
  stage.goAway();
  await stage.comeBack();
  await caller.wait(0.2);
  expect(stage.asterisk.operations).not.toContain('record');
  await caller.wait(0.2);
  expect(stage.asterisk.operations).toContain('record');
  await caller.hangup();
  await expectOver([]);
});
