/**
 * When Asterisk's answers or events are late, lost or refused: what is in doubt is kept, and nobody waits for
 * what does not come. On the fake Asterisk, one doubt at a time.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import type { AriEvent, AriPort } from '../../src/ari/ari-port.ts';
import type { Fault } from '../support/fake-asterisk.ts';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { tones } from './stories.ts';

let stage: FakeStage;

useVirtualTime();

beforeEach(() => {
  stage = new FakeStage({ ...STORY_SETTINGS, VM_MAX_SECONDS: '60', VM_MAX_SILENCE_SECONDS: '30' });
});

afterEach(() => {
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
});

/** From now on, operations of this name meet this fault; `times` times at most. */
function fault(operation: keyof AriPort, met: Fault, times = Infinity): void {
  const before = stage.asterisk.faults;
  let left = times;
  stage.asterisk.faults = (name, n) => (name === operation && left-- > 0 ? met : before(name, n));
}

/** From now on, events of this type are lost. */
function lose(type: AriEvent['type']): void {
  const before = stage.asterisk.deliveries;
  stage.asterisk.deliveries = (event) => (event.type === type ? [] : before(event));
}

async function review(): Promise<FakeCaller> {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 2);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  return caller;
}

const heard = async () =>
  (await stage.messages('305')).map(({ sounds }) => tones(sounds).map(({ hz }) => hz));

describe('an earlier take stays', () => {
  test('when nobody knows whether the new one was recorded, nor whether it is stored', async () => {
    const caller = await review();
    fault('record', { never: 'undone' });
    fault('getStoredRecording', { status: 503 });
    await caller.press('*');
    await caller.over();
    expect(await heard()).toEqual([[440]]);
  });

  test('when the end of the new one is never told', async () => {
    const caller = await review();
    lose('RecordingFinished');
    await caller.press('*');
    await caller.until('Recording voicemail', 2);
    await caller.say(600, 1.5);
    await caller.press('#');
    await caller.until('Entering reviewing state', 2);
    await caller.press('#');
    await caller.over();
    expect((await heard()).flat().sort()).toEqual([440, 600]);
    expect(stage.messagesTold.size).toBe(2);
  });
});

test('a take is not judged by its file as long as Asterisk writes to it', async () => {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.wait(0.5);
  // As when the channel leaves, and another one goes on in its place.
  stage.asterisk.getLiveRecording = (name) =>
    Promise.resolve({ name, target_uri: 'channel:another', state: 'recording' });
  await caller.hangup();
  await caller.over();
  expect(await stage.messages('305')).toHaveLength(1);
  expect(stage.messagesTold.size).toBe(1);
});

test('a star that was pressed before the take began does not throw it away', async () => {
  // The beep is not heard, and waited for.
  fault('play', { never: 'undone' }, 1);
  fault('cancelRecording', { lateMs: 2998 }, 1);
  const caller = await stage.call('305');
  await caller.press('*');
  await caller.until('Recording voicemail');
  await caller.say(440, 2);
  await caller.hangup();
  await caller.over();
  const [message] = await stage.messages('305');
  expect(tones(message?.sounds ?? [])).toEqual([expect.objectContaining({ hz: 440, seconds: 2 })]);
});

test('a connection that is lost while nobody speaks ends no take in silence', async () => {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 2);
  await caller.wait(3);
  stage.asterisk.onEvent = () => {};
  stage.router.disconnected();
  await caller.wait(40);
  await caller.say(600, 2);
  await caller.hangup();
  stage.router.connecting();
  stage.asterisk.onEvent = (event) => stage.router.route(event);
  await stage.router.takeUp();
  await caller.over();
  expect(await heard()).toEqual([[440, 600]]);
});

test('a word that was not told of is asked for before a take ends in silence', async () => {
  lose('ChannelTalkingStarted');
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.talkOn(440);
  await caller.wait(29);
  stage.asterisk.deliveries = () => [1];
  await caller.wait(20);
  expect(stage.asterisk.liveRecordings).toHaveLength(1);
  await caller.hangup();
  await caller.over();
  expect(await heard()).toEqual([[440]]);
});

test('without TALK_DETECT nothing ends in silence, and every take that is long enough is a message', async () => {
  stage.asterisk.hearsTalk = false;
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.wait(40);
  expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'hangup' });
  await caller.say(440, 2);
  await caller.hangup();
  await caller.over();
  expect(await heard()).toEqual([[440]]);
  expect(stage.messagesTold.size).toBe(1);
});

test('a recording whose end is told before the hangup is one whole take, and replaces the earlier', async () => {
  const caller = await review();
  await caller.press('*');
  await caller.until('Recording voicemail', 2);
  await caller.say(600, 2);
  const late = ['ChannelHangupRequest', 'StasisEnd'];
  stage.asterisk.deliveries = ({ type }) => [late.includes(type) ? 50 : 1];
  await caller.hangup();
  await caller.over();
  expect(await heard()).toEqual([[600]]);
});

test('a copy that is there already, unknown to us, is counted', async () => {
  const caller = await review();
  fault('copyStoredRecording', { never: 'done' }, 1);
  fault('deleteStoredRecording', { status: 500 });
  await caller.press('0306#');
  await caller.until('Entering reviewing state', 2);
  await caller.press('0306#');
  await caller.until('Entering reviewing state', 3);
  await caller.hangup();
  await caller.over();
  expect([...stage.messagesTold].filter((name) => name.startsWith('voicemail/306/'))).toHaveLength(1);
});

test('a key that was pressed before a take had begun under another name does not end that one', async () => {
  fault('record', { status: 409 }, 1);
  const caller = await stage.call('305');
  const { operations } = stage.asterisk;
  while (!operations.includes('record')) await caller.wait(0.001);
  fault('setChannelVars', { lateMs: 80 }, 1);
  await caller.wait(0.02);
  await caller.press('#');
  await caller.until('Recording voicemail');
  await caller.say(440, 2);
  await caller.hangup();
  await caller.over();
  expect(await heard()).toEqual([[440]]);
  expect(operations.filter((operation) => operation === 'record')).toHaveLength(2);
});

test('digits without end are not read as keys of the review', async () => {
  const caller = await review();
  await caller.press(`0${'9'.repeat(40)}`);
  await caller.until('Entering reviewing state', 2);
  await caller.press('#');
  await caller.over();
  expect(await heard()).toEqual([[440]]);
});

describe('a caller is not left in silence', () => {
  test('when the answer to the beep is lost: what is said after the beep is recorded', async () => {
    fault('play', { never: 'done' }, 1);
    const caller = await stage.call('305');
    await caller.wait(1);
    await caller.say(440, 2);
    await caller.hangup();
    await caller.over();
    expect(await heard()).toEqual([[440]]);
  });

  test('when the answer to record is lost: the recording goes on, and # ends it', async () => {
    fault('record', { never: 'done' }, 1);
    const caller = await stage.call('305');
    await caller.wait(1);
    await caller.say(440, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state');
    await caller.press('#');
    await caller.over();
    expect(await heard()).toEqual([[440]]);
  });

  test('when hanging up is refused for a while: the daemon insists', async () => {
    const caller = await review();
    fault('hangup', { status: 503 }, 12);
    await caller.press('#');
    await caller.over();
    expect(caller.log().at(-1)).toBe('Ending voice mail call');
  });

  test('when a review cannot be stopped at the first try: the new take is recorded', async () => {
    const caller = await review();
    fault('stopPlayback', { status: 500 }, 1);
    await caller.press('*');
    await caller.until('Recording voicemail', 2);
    await caller.say(600, 1.5);
    await caller.hangup();
    await caller.over();
    expect(await heard()).toEqual([[600]]);
  });

  test('when the end of the beep, or of the review, is never told', async () => {
    lose('PlaybackFinished');
    const caller = await stage.call('305');
    await caller.until('Recording voicemail');
    await caller.say(440, 2);
    await caller.press('#');
    await caller.over();
    expect(caller.log().slice(-2)).toEqual(['Accepted recording', 'Ending voice mail call']);
  });
});

describe('a hangup', () => {
  test.for(['answer', 'play', 'record', 'stopRecording', 'setChannelVars'] as const)(
    'ends the call at once while %s is not answered',
    async (operation) => {
      fault(operation, { never: 'undone' });
      const caller = await stage.call('305');
      await caller.wait(0.5);
      await caller.say(440, 2);
      await caller.press('#');
      await caller.wait(0.2);
      const before = Date.now();
      await caller.hangup();
      await caller.over();
      expect(Date.now() - before).toBeLessThan(operation === 'setChannelVars' ? 11_000 : 6_000);
    },
  );

  test.for(['ChannelHangupRequest', 'StasisEnd'] as const)('is noticed when %s is lost', async (type) => {
    lose(type);
    const caller = await stage.call('305');
    await caller.until('Recording voicemail');
    await caller.say(440, 2);
    await caller.hangup();
    await caller.over();
    expect(await heard()).toEqual([[440]]);
    expect(caller.log().at(-1)).toBe('Channel hung up');
  });

  test('drops what was typed ahead', async () => {
    const caller = await review();
    fault('stopPlayback', { never: 'done' }, 1);
    await caller.press('*'); // waits for the stop
    await caller.press('9');
    await caller.hangup();
    await caller.over();
    expect(await heard()).toEqual([[440]]);
  });
});

test('a channel that comes again leaves a second message beside the first', async () => {
  const settings = { ...STORY_SETTINGS, VM_WHEN_DONE: 'continue' };
  stage = new FakeStage(settings);
  const first = await review();
  await first.press('#');
  await first.over();
  stage.asterisk.comeAgain(first.channel, '305');
  await first.until('Recording voicemail', 2);
  await first.say(600, 1.5);
  await first.hangup();
  await first.until('Call over', 2);
  expect(await heard()).toEqual([[440], [600]]);
});
