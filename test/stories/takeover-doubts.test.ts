/** What a daemon that takes calls up, or starts anew, must not do to them and to what others left. On the fake Asterisk. */
import { describe, expect, test } from 'vitest';
import { STANDING_VARIABLE } from '../../src/call/standing.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { CallRouter } from '../../src/call-router.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { APP, FakeAsterisk } from '../support/fake-asterisk.ts';
import type { FakeCaller } from '../support/fake-stage.ts';
import { FakeTakeoverStage } from '../support/fake-takeover.ts';
import { transfer } from '../support/fake-transfers.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

useVirtualTime();

const start = (settings: NodeJS.ProcessEnv = {}) =>
  FakeTakeoverStage.start('killed', { ...TAKEOVER_SETTINGS, ...settings });

const restart = (stage: FakeTakeoverStage) => stage.away(() => Promise.resolve());

/** The tones of each message, in Hz. */
const heard = async (stage: FakeTakeoverStage, mailbox = '305') =>
  (await stage.messages(mailbox)).map(({ sounds }) => sounds.flatMap(({ hz }) => hz ?? []));

async function review(stage: FakeTakeoverStage, seconds = 2): Promise<FakeCaller> {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, seconds);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  return caller;
}

/** As Asterisk does: what has been written of a recording that is being made can be read. */
function letLiveFilesBeRead({ asterisk }: FakeTakeoverStage, seconds: number): void {
  const read = asterisk.getStoredRecordingFile;
  asterisk.getStoredRecordingFile = async (name, reader) => {
    if (asterisk.stored.has(name) || !asterisk.liveRecordings.includes(name)) return read(name, reader);
    asterisk.stored.set(name, [{ hz: 880, seconds, levelDb: -10 }]);
    return read(name, reader).finally(() => asterisk.stored.delete(name));
  };
}

test.for([0, 2])('no take is settled while the last is being made, with %s s on disk', async (seconds) => {
  const stage = await start();
  letLiveFilesBeRead(stage, seconds);
  const caller = await review(stage);
  await caller.press('*');
  await caller.until('Recording voicemail', 2);
  await caller.say(880, 2);
  await restart(stage);
  expect(stage.asterisk.operations).not.toContain('deleteStoredRecording');
  expect(await heard(stage)).toEqual([[440]]);
});

test('a take of silence is no message, though nothing could be noted when it began, and the daemon was killed', async () => {
  const stage = await start();
  const caller = await stage.call('305');
  await caller.until('Entering recording state');
  await caller.wait(0.05);
  stage.asterisk.faults = (operation) => (operation === 'setChannelVars' ? { status: 500 } : undefined);
  await caller.until('Recording voicemail');
  await caller.wait(2);
  stage.goAway();
  stage.asterisk.faults = () => undefined;
  await caller.wait(1);
  await stage.comeBack();
  await caller.press('#');
  await caller.until('Nothing was said');
  await caller.hangup();
  await caller.over();
  expect(await stage.messages('305')).toEqual([]);
});

test('two takes that were both kept, in doubt, stay after a restart', async () => {
  const stage = await start();
  const caller = await review(stage);
  stage.asterisk.deliveries = ({ type }) => (type === 'RecordingFinished' ? [] : [1]);
  await caller.press('*');
  await caller.until('Recording voicemail', 2);
  await caller.say(880, 2);
  await caller.press('#');
  await caller.until('Not sure of this recording: keeping all');
  await caller.hangup();
  await caller.over();
  expect(await heard(stage)).toEqual([[440], [880]]);
  await restart(stage);
  expect(await heard(stage)).toEqual([[440], [880]]);
});

test('copies of two takes stay after a restart', async () => {
  const stage = await start();
  const caller = await review(stage);
  await caller.press('0306#');
  await caller.until('Copied recording');
  await caller.wait(1);
  await caller.press('*');
  await caller.until('Recording voicemail', 2);
  await caller.say(880, 2);
  await caller.press('#');
  await caller.wait(1);
  await caller.press('0306#');
  await caller.until('Copied recording', 2);
  await caller.hangup();
  await caller.over();
  expect((await heard(stage, '306')).sort()).toEqual([[440], [880]]);
  await restart(stage);
  expect((await heard(stage, '306')).sort()).toEqual([[440], [880]]);
});

test('the message of a channel that comes again is not taken for a take of the next one', async () => {
  const stage = await start({ VM_PROMPTS: 'on', VM_WHEN_DONE: 'continue' });
  const caller = await review(stage);
  await caller.press('#');
  await caller.over();
  stage.asterisk.comeAgain(caller.channel, '305');
  await caller.until('Entering recording state', 2);
  await restart(stage);
  await caller.press('9');
  await caller.wait(5);
  expect(await heard(stage)).toEqual([[440]]);
});

test('a message whose playback was taken up is heard to its end', async () => {
  const stage = await start({ VM_REVIEW_TIMEOUT_SECONDS: '2' });
  const caller = await review(stage, 20);
  // The fifth playback of the call, as ids are used in turn, has the id of the first of its next daemon.
  for (const times of [2, 3, 4]) {
    await caller.press('0*');
    await caller.until('Entering reviewing state', times);
  }
  await restart(stage);
  await caller.until('Entering reviewing state', 5);
  const began = Date.now();
  await caller.gone();
  expect(Date.now() - began).toBeGreaterThan(20_000);
});

test('a recording of which Asterisk does not say whether it is being made goes on', async () => {
  const stage = await start();
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 2);
  let left = 4;
  stage.asterisk.faults = (name) => (name === 'getLiveRecording' && left-- > 0 ? { status: 503 } : undefined);
  await restart(stage);
  await caller.say(440, 3);
  expect(caller.log().at(-1)).toBe('Entering recording state');
  expect(caller.log()).not.toContain('Recording was not stored');
});

test('a call that came after Asterisk was asked has not left', async () => {
  const asterisk = new FakeAsterisk();
  const daemonLog = new DaemonLog();
  const { config } = loadConfig(TAKEOVER_SETTINGS);
  const log = createLog('debug', daemonLog);
  const index = new MessageIndex();
  const router = new CallRouter({ ari: asterisk, app: APP, config, log, index });
  asterisk.onEvent = (event) => router.route(event);
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  asterisk.getApplicationChannels = () => held.then(() => []);

  router.connecting();
  const takenUp = router.takeUp();
  const { id } = asterisk.dial('305');
  await daemonLog.until(id, 'Recording voicemail');
  // The connection is lost and made again, and the answer to what was asked before comes only now.
  router.connecting();
  answer();
  await takenUp.catch(() => {}); // out of date: to be asked again
  expect(daemonLog.of(id).map(({ msg }) => msg)).not.toContain('Call over');
  expect(router.size).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(router.size).toBe(1);
});

test('a caller who hangs up in a pause has left a message, and the dialplan is told so', async () => {
  const stage = await start();
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 3);
  await caller.press('5');
  await caller.until('Pausing recording');
  await caller.wait(2);
  await caller.hangup();
  await caller.over();
  expect(await heard(stage)).toEqual([[440]]);
  expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'hangup' });
});

/** A channel that has left a message, or thrown it away, and goes on in the dialplan. */
async function visit(stage: FakeTakeoverStage, lastKey: '#' | '9'): Promise<FakeCaller> {
  const caller = await review(stage);
  await caller.press(lastKey);
  await caller.gone();
  return caller;
}

test('a deletion that is tried again does not delete the next message of the channel', async () => {
  const stage = await start({ VM_WHEN_DONE: 'continue' });
  let deletions = 0;
  stage.asterisk.faults = (name) =>
    name === 'deleteStoredRecording' && deletions++ === 0 ? { never: 'done' } : undefined;
  const caller = await visit(stage, '9');
  await caller.wait(0.1);
  stage.asterisk.comeAgain(caller.channel, '305');
  await caller.until('Recording voicemail', 2);
  await caller.say(880, 3);
  await caller.hangup();
  await caller.wait(30);
  expect(await heard(stage)).toEqual([[880]]);
});

test('an earlier message that nobody knew of yet is not thrown away in place of the one being made', async () => {
  const stage = await start({ VM_WHEN_DONE: 'continue' });
  const caller = await visit(stage, '#');
  await caller.over();
  // The list of the next daemon is not there when the channel comes again.
  stage.goAway();
  const { listStoredRecordings } = stage.asterisk;
  stage.asterisk.listStoredRecordings = () => caller.wait(2).then(listStoredRecordings);
  const back = stage.comeBack();
  await caller.wait(0.05);
  stage.asterisk.comeAgain(caller.channel, '305');
  await caller.until('Recording voicemail', 2);
  await caller.say(880, 5);
  await back;
  stage.asterisk.listStoredRecordings = listStoredRecordings;
  stage.goAway();
  await stage.comeBack();
  await caller.wait(3);
  await caller.press('9');
  await caller.wait(30);
  expect(await heard(stage)).toEqual([[440]]);
});

test('a channel that comes again while no daemon is there hears the beep, and no goodbye', async () => {
  const stage = await start({ VM_WHEN_DONE: 'continue' });
  const caller = await visit(stage, '#');
  await caller.over();
  stage.goAway();
  stage.asterisk.comeAgain(caller.channel, '305');
  await caller.wait(1);
  await stage.comeBack();
  await caller.wait(3);
  expect(stage.asterisk.liveRecordings).toHaveLength(1);
  await caller.say(880, 2);
  await caller.hangup();
  await caller.over();
  expect((await heard(stage)).sort()).toEqual([[440], [880]]);
});

test.for([1, 2, 3, 4, 5, 6, 7, 8])(
  'a caller who hangs up %s ms after the next daemon has come leaves the last take only',
  async (ms) => {
    const stage = await start();
    const caller = await review(stage);
    await caller.press('*');
    await caller.until('Recording voicemail', 2);
    await caller.say(880, 2);
    stage.goAway();
    const back = stage.comeBack();
    await caller.wait(ms / 1000);
    await caller.hangup();
    await back;
    await caller.wait(10);
    expect(await heard(stage)).toEqual([[880]]);
  },
);

test('a caller who was let in records again, though the mailbox has become full and the daemon is another', async () => {
  const stage = await start({ VM_MAX_MESSAGES: '1' });
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  // As by the dialplan, or an administrator.
  stage.asterisk.store('voicemail/305/INBOX/1700000009999-x', [{ hz: 440, seconds: 2, levelDb: -10 }]);
  await caller.press('*');
  await caller.wait(0.05);
  await restart(stage);
  await caller.until('Recording voicemail', 2);
  await caller.say(600, 2);
  await caller.hangup();
  await caller.over();
  expect(await heard(stage)).toEqual([[440], [600]]);
});

describe('a dialplan that writes another call into VM_STATE does not touch that call', () => {
  const own = (note: string) => note.split(':').slice(0, 4).join(':');
  const whole = (note: string) => note;

  test.for([
    ['its take, as the own', '', own],
    ['its take, as of one whose place it has taken', '', whole],
    ['its message, as the own', '#', own],
    ['its message, as of one whose place it has taken', '#', whole],
  ] as const)('%s', async ([, key, forge]) => {
    const stage = await start();
    const victim = await stage.call('305');
    await victim.until('Recording voicemail');
    await victim.say(440, 2);
    await victim.press(key);
    await victim.wait(0.1);
    const note = victim.channel.variables.get(STANDING_VARIABLE) ?? '';
    expect(note).toContain('305');
    let forger: FakeCaller | undefined;
    await stage.away(async () => {
      forger = await stage.call('306');
      forger.channel.variables.set(STANDING_VARIABLE, forge(note));
    });
    await forger?.wait(1);
    await forger?.press('9');
    await forger?.over();
    await victim.hangup();
    await victim.over();
    expect((await heard(stage)).flat()).toContain(440);
  });
});

describe('a note of a call that has ended, which somebody has written into VM_STATE, does not give that call’s message away', () => {
  const unsealed = (note: string) => note.split(':').slice(0, -1).join(':');
  const otherwiseSealed = (note: string) => `${unsealed(note)}:${'x'.repeat(16)}`;

  test.for<[string, string, (note: string) => string]>([
    ['of another mailbox, as it was', '306', (note) => note],
    ['of another mailbox, without a seal', '306', unsealed],
    ['of the same mailbox, without a seal', '305', unsealed],
    ['of the same mailbox, with a seal that was made up', '305', otherwiseSealed],
    ['of the same mailbox, with the seal of another note', '305', (note) => note.replace('taking', 'paused')],
  ])('%s', async ([, mailbox, forge]) => {
    const stage = await start();
    const victim = await stage.call('305');
    await victim.until('Recording voicemail');
    await victim.say(440, 2);
    const note = victim.channel.variables.get(STANDING_VARIABLE) ?? '';
    expect(note).toMatch(/^taking:.*voicemail\/305/);
    await victim.hangup();
    await victim.over();
    let forger: FakeCaller | undefined;
    await stage.away(async () => {
      forger = await stage.call(mailbox);
      forger.channel.variables.set(STANDING_VARIABLE, forge(note));
    });
    await forger?.wait(1);
    await forger?.press('9');
    await forger?.over();
    expect((await heard(stage)).flat()).toEqual([440]);
  });

  test('nor does a note of the own channel lead into another mailbox', async () => {
    const stage = await start();
    const caller = await stage.call('305');
    await caller.until('Recording voicemail');
    const note = caller.channel.variables.get(STANDING_VARIABLE) ?? '';
    await stage.away(() => {
      caller.channel.variables.set(STANDING_VARIABLE, unsealed(note).replace(/305(?=\/|$)/g, '306'));
      return Promise.resolve();
    });
    await caller.say(440, 2);
    await caller.hangup();
    await caller.over();
    expect((await heard(stage)).flat()).toEqual([440]);
    expect(await stage.messages('306')).toEqual([]);
  });
});

describe('a daemon with another password, to which no seal fits,', () => {
  /** Begins with one password, and comes again with another. */
  async function change(
    settings: NodeJS.ProcessEnv,
    stage: FakeTakeoverStage,
    gap = () => {},
  ): Promise<void> {
    await stage.away(() => {
      settings['ARI_PASSWORD'] = 'another';
      gap();
      return Promise.resolve();
    });
  }

  test.for([
    ['a take goes on', ''],
    ['a pause is one still', '5'],
    ['a review begins again', '#'],
  ] as const)('%s', async ([, key]) => {
    const settings = { ...TAKEOVER_SETTINGS, ARI_PASSWORD: 'one' };
    const stage = await FakeTakeoverStage.start('killed', settings);
    const caller = await stage.call('305');
    await caller.until('Recording voicemail');
    await caller.say(440, 2);
    await caller.press(key);
    await caller.wait(0.5);
    await change(settings, stage);
    if (key === '5') await caller.press('5');
    await caller.wait(1);
    if (key !== '#') await caller.say(880, 2);
    await caller.press('#');
    await caller.wait(3);
    await caller.press('#');
    await caller.over();
    expect(await heard(stage)).toEqual([key === '#' ? [440] : [440, 880]]);
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS' });
  });

  test('a take goes on that was begun before a transfer', async () => {
    const settings = { ...TAKEOVER_SETTINGS, ARI_PASSWORD: 'one' };
    const stage = await FakeTakeoverStage.start('killed', settings);
    const caller = await stage.call('305');
    await caller.until('Recording voicemail');
    await caller.say(440, 2);
    await change(settings, stage, () => transfer(stage.asterisk, caller.channel));
    await caller.wait(3);
    await caller.say(880, 2);
    await caller.hangup();
    await caller.wait(30);
    expect(stage.log.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg)).toEqual([]);
    expect(await heard(stage)).toEqual([[440, 880]]);
    expect(await stage.counted('305')).toBe(1);
    expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  });

  test('a message that was heard as a transfer came is kept, and the caller asked for another', async () => {
    const settings = { ...TAKEOVER_SETTINGS, ARI_PASSWORD: 'one' };
    const stage = await FakeTakeoverStage.start('killed', settings);
    const caller = await review(stage);
    await caller.wait(0.1);
    await change(settings, stage, () => transfer(stage.asterisk, caller.channel));
    await caller.wait(3);
    await caller.say(880, 2);
    await caller.hangup();
    await caller.wait(30);
    expect(await heard(stage)).toEqual([[440], [880]]);
    expect(await stage.counted('305')).toBe(2);
    expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  });
});
