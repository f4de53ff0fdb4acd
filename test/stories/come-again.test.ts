/**
 * A channel that has left a message, went on in the dialplan, and enters the application again: whatever the
 * daemon dies of, its earlier message is neither deleted nor taken for the new one.
 */
import { describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import { FakeTakeoverStage } from '../support/fake-takeover.ts';
import type { FakeCaller } from '../support/fake-stage.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';
import { tones } from './stories.ts';

const SETTINGS = {
  ...TAKEOVER_SETTINGS,
  ...{ VM_WHEN_DONE: 'continue', VM_MAX_SILENCE_SECONDS: '20', VM_PROMPTS: 'on' },
};
const FIRST = 440;
const SECOND = 880;
const THIRD = 1320;

useVirtualTime(1_700_000_000_000);

let stage: FakeTakeoverStage;
let caller: FakeCaller;

/** The caller leaves a message, the call goes on in the dialplan, and comes again. */
async function comeAgain(firstTakes = 1): Promise<void> {
  stage = await FakeTakeoverStage.start('killed', SETTINGS);
  caller = await stage.call('305');
  for (let take = 1; take <= firstTakes; take++) {
    await caller.until('Recording voicemail', take);
    await caller.say(FIRST, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state', take);
    await caller.press(take < firstTakes ? '*' : '#');
  }
  await caller.over();
  stage.asterisk.comeAgain(caller.channel, '305');
  await caller.until('Entering recording state', firstTakes + 1);
}

/** What is stored, by the end of its name, and its tones in Hz. */
async function messages(): Promise<Record<string, (number | undefined)[]>> {
  const all = await stage.messages('305');
  return Object.fromEntries(
    all.map(({ name, sounds }) => [
      name.replace(/^.*\/\d{13}-\d{10}-1/, '<id>'),
      tones(sounds).map(({ hz }) => hz),
    ]),
  );
}

async function die(): Promise<void> {
  await stage.away(() => Promise.resolve());
}

test('its second message has a name of its own, and so has each of its takes', async () => {
  await comeAgain();
  await caller.until('Recording voicemail', 2);
  await caller.say(SECOND, 2);
  await caller.press('#');
  await caller.until('Entering reviewing state', 2);
  await caller.press('*');
  await caller.until('Recording voicemail', 3);
  await caller.say(THIRD, 2);
  await caller.hangup();
  await caller.until('Call over', 2);
  expect(await messages()).toEqual({ '<id>': [FIRST], '<id>-m2__2': [THIRD] });
});

test('a first message that was redone is no take of the second, for a later daemon', async () => {
  await comeAgain(2);
  await caller.until('Recording voicemail', 3);
  await caller.say(SECOND, 2);
  await caller.hangup();
  await die();
  expect(Object.values(await messages()).sort()).toEqual([[FIRST], [SECOND]]);
});

describe('the daemon dies', () => {
  test.for([0.01, 0.1, 0.2])('in the beep before its second message, %s s from its beginning', async (s) => {
    await comeAgain();
    await caller.wait(s);
    await die();
    await caller.until('Recording voicemail', 2);
    await caller.say(SECOND, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state', 2);
    await caller.press('9');
    await caller.until('Call over', 2);
    expect(await messages()).toEqual({ '<id>': [FIRST] });
  });

  test('while its second message is recorded, and that goes on', async () => {
    await comeAgain();
    await caller.until('Recording voicemail', 2);
    await caller.say(SECOND, 2);
    await die();
    await caller.press('#');
    await caller.until('Entering reviewing state', 2);
    await caller.press('*');
    await caller.until('Recording voicemail', 3);
    await caller.say(THIRD, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state', 3);
    await caller.wait(0.1); // nobody waits for a deletion
    expect(await messages()).toEqual({ '<id>': [FIRST], '<id>-m2__2': [THIRD] });
    await caller.press('9');
    await caller.until('Call over', 2);
    expect(await messages()).toEqual({ '<id>': [FIRST] });
  });

  test('while its second message is recorded, and that is not listed yet', async () => {
    await comeAgain();
    await caller.until('Recording voicemail', 2);
    await caller.say(SECOND, 2);
    const { asterisk } = stage;
    asterisk.listStoredRecordings = () =>
      Promise.resolve([...asterisk.stored.keys()].map((name) => ({ name, format: 'wav' })));
    await die();
    await caller.press('#');
    await caller.until('Entering reviewing state', 2);
    await caller.hangup();
    await caller.until('Call over', 2);
    expect(await messages()).toEqual({ '<id>': [FIRST], '<id>-m2': [SECOND] });
  });

  test('when nothing was said the second time: the first message is counted still', async () => {
    await comeAgain();
    await caller.until('Recording voicemail', 2);
    await caller.until('Ending voice mail call', 2);
    await caller.wait(0.5);
    await die();
    await caller.wait(60);
    expect(await messages()).toEqual({ '<id>': [FIRST] });
    expect(await stage.counted('305')).toBe(1);
  });

  test('in the review of its second message, and that is heard again', async () => {
    await comeAgain();
    await caller.until('Recording voicemail', 2);
    await caller.say(SECOND, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state', 2);
    await die();
    await caller.wait(3);
    expect(caller.channel.played.findLast((media) => media.startsWith('recording:'))).toMatch(/-m2$/);
    await caller.hangup();
    await caller.until('Call over', 2);
    expect(await messages()).toEqual({ '<id>': [FIRST], '<id>-m2': [SECOND] });
  });

  test('and the caller hangs up meanwhile: both messages are there', async () => {
    await comeAgain();
    await caller.until('Recording voicemail', 2);
    await caller.say(SECOND, 2);
    await stage.away(() => caller.hangup());
    expect(await messages()).toEqual({ '<id>': [FIRST], '<id>-m2': [SECOND] });
    expect(await stage.counted('305')).toBe(2);
  });

  test.for(Array.from({ length: 12 }, (_, ms) => ms))(
    '%s ms after the channel has come: the first message stays as it is',
    async (ms) => {
      stage = await FakeTakeoverStage.start('killed', SETTINGS);
      caller = await stage.call('305');
      await caller.until('Recording voicemail');
      await caller.say(FIRST, 2);
      await caller.press('##');
      await caller.over();
      stage.asterisk.comeAgain(caller.channel, '305');
      await caller.wait(ms / 1000);
      await die();
      await caller.wait(1);
      await caller.press('*');
      await caller.press('9');
      await caller.wait(5);
      await caller.hangup();
      await caller.wait(20);
      expect((await messages())['<id>']).toEqual([FIRST]);
      expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
    },
  );
});
