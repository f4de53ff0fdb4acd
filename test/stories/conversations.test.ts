/** Conversations on the fake Asterisk: who is rung, what is recorded, and how it ends. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeConversation, OWNER, SECRETARY } from '../support/fake-conversation.ts';
import { FakeStage } from '../support/fake-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { tones } from './stories.ts';

/** Both voices at once, as the fake tells it. */
const BOTH = 1440;
const SUCCESS = { VMSTATUS: 'SUCCESS', VMREASON: 'conversation' };

useVirtualTime(1_700_000_000_000);

let stage: FakeStage;
let call: FakeConversation;

beforeEach(() => {
  stage = new FakeStage({ ...STORY_SETTINGS, VM_MAX_SILENCE_SECONDS: '0' });
});

afterEach(async () => {
  await call.caller.over();
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  await call.caller.wait(60);
  expect(vi.getTimerCount()).toBe(0);
});

const dial = async (options?: string) => (call = await FakeConversation.dial(stage, options));
const begin = async (options?: string) => (call = await FakeConversation.begin(stage, options));
const operations = (name: string) => stage.asterisk.operations.filter((operation) => operation === name);
const warnings = () => stage.log.lines.filter(({ level }) => ['warn', 'error'].includes(level));

/** The tones of each recording, in Hz and rounded seconds. */
const recorded = async () =>
  (await call.recordings()).map(({ sounds }) =>
    tones(sounds).map(({ hz, seconds }) => [hz, Math.round(seconds * 10) / 10]),
  );

/** The caller leaves a message of one tone, and hangs up. */
async function leaveMessage(): Promise<void> {
  const { caller } = call;
  await caller.until('Recording voicemail');
  await caller.say(600, 2);
  await caller.hangup();
  await caller.over();
  expect((await call.messages()).map(({ sounds }) => tones(sounds).map(({ hz }) => hz))).toEqual([[600]]);
  expect(stage.messagesTold.size).toBe(1);
}

describe('while it rings', () => {
  test('the caller hears ringing, and is not answered', async () => {
    await dial();
    await call.rings();
    expect(call.caller.channel).toMatchObject({ rings: 1, isAnswered: false });
    expect(call.owner.isRinging).toBe(true);
    expect(call.owner.id).toBe(`${call.caller.channel.id}-vm-leg1`);
    await call.caller.hangup();
  });

  test('a caller who hangs up stops the phones at once', async () => {
    await dial(`dial=${OWNER}&${SECRETARY}`);
    await call.rings();
    await call.caller.hangup();
    await call.caller.wait(0.003);
    expect([call.owner.isRinging, call.leg(SECRETARY).isRinging]).toEqual([false, false]);
    await call.caller.over();
    expect(call.caller.channel.result).toMatchObject({ VMSTATUS: 'FAILED', VMREASON: 'hangup' });
    expect(warnings()).toEqual([]);
  });

  test.for([0, 1, 2, 3, 4, 5])(
    'a caller who hangs up %s ms after calling leaves no phone ringing',
    async (ms) => {
      await dial(`dial=${OWNER}&${SECRETARY}`);
      await call.caller.wait(ms / 1000);
      await call.caller.hangup();
    },
  );

  test('the first phone to answer wins, and the other stops ringing', async () => {
    await dial(`dial=${OWNER}&${SECRETARY}`);
    await call.rings();
    call.leg(SECRETARY).answer();
    await call.caller.wait(0.05);
    expect(call.owner.isRinging).toBe(false);
    expect([...stage.asterisk.bridges.values()].map(({ channels }) => channels.size)).toEqual([2]);
    await call.caller.hangup();
    await call.caller.over();
    expect(warnings()).toEqual([]);
  });

  test.for([0, 1, 2, 3])('two phones that answer %s ms apart: one wins, the other is hung up', async (ms) => {
    await dial(`dial=${OWNER}&${SECRETARY}`);
    await call.rings();
    call.owner.answer();
    await call.caller.wait(ms / 1000);
    call.leg(SECRETARY).answer();
    await call.caller.wait(0.05);
    expect([...stage.asterisk.channels.keys()]).toEqual([call.caller.channel.id, call.owner.id]);
    await call.caller.hangup();
  });

  test('a phone whose answer is told when it was hung up already is no call, and is hung up again', async () => {
    await dial(`dial=${OWNER}&${SECRETARY}`);
    await call.rings();
    stage.asterisk.deliveries = ({ type }) => [
      type === 'ChannelHangupRequest' || type === 'ChannelDestroyed' ? 100 : 1,
    ];
    call.owner.answer();
    await call.caller.wait(0.05);
    const tooLate = { type: 'StasisStart', channel: call.leg(SECRETARY).info, args: ['leg'] } as const;
    expect(operations('hangup')).toHaveLength(1);
    stage.asterisk.emit(tooLate);
    await call.caller.wait(0.05);
    expect(operations('hangup')).toHaveLength(2);
    expect(stage.router.size).toBe(1);
    await call.caller.hangup();
    await call.caller.over();
    const hangups = operations('hangup').length;
    stage.asterisk.emit(tooLate);
    await call.caller.wait(0.05);
    expect(operations('hangup')).toHaveLength(hangups + 1);
    expect(stage.router.size).toBe(0);
  });

  test('a phone that begins to ring when another was answered already is hung up', async () => {
    await dial(`dial=${OWNER}&${SECRETARY}`);
    const second = () => operations('originate').length === 1;
    stage.asterisk.faults = (operation) =>
      operation === 'originate' && second() ? { lateMs: 300 } : undefined;
    await call.rings();
    call.owner.answer();
    await call.caller.wait(1);
    expect(call.leg(SECRETARY).isRinging).toBe(false);
    expect(stage.asterisk.channels.size).toBe(2);
    await call.caller.hangup();
  });

  test('the ringing is over before the caller is answered: it would go on in the ear', async () => {
    await dial();
    const { ring } = stage.asterisk;
    stage.asterisk.ring = async (id) => {
      await call.caller.wait(0.2);
      expect(call.caller.channel.isAnswered).toBe(false);
      return ring(id);
    };
    await call.rings();
    call.owner.answer();
    await call.caller.wait(0.5);
    expect(call.caller.channel).toMatchObject({ rings: 1, isAnswered: true });
    await call.caller.hangup();
  });
});

describe('the caller leaves a message when', () => {
  test('nobody answers in time', async () => {
    await dial(`dial=${OWNER},timeout=7`);
    const began = Date.now();
    await call.caller.until('Entering recording state');
    expect(Math.round((Date.now() - began) / 1000)).toBe(7);
    expect(call.caller.channel.isAnswered).toBe(true);
    await leaveMessage();
    expect(call.caller.log()).toEqual([
      'Channel recording voicemail',
      'Entering dialing state',
      'Nobody answers',
      'Entering recording state',
      'Recording voicemail',
      'Accepted recording',
      'Channel hung up',
    ]);
  });

  test('the phone is busy', async () => {
    await dial();
    await call.rings();
    call.owner.refuse();
    await leaveMessage();
    expect(warnings()).toEqual([]);
  });

  test('both phones are busy, one after the other', async () => {
    await dial(`dial=${OWNER}&${SECRETARY}`);
    await call.rings();
    call.owner.refuse();
    await call.caller.wait(1);
    expect(call.leg(SECRETARY).isRinging).toBe(true);
    call.leg(SECRETARY).refuse();
    await leaveMessage();
  });

  test.for(['PJSIP/nobody', 'PJSIP/nobody&FOO/bar', '&'])(
    'there is no such endpoint: %s',
    async (endpoints) => {
      await dial(`dial=${endpoints}`);
      await leaveMessage();
      expect(warnings()).toHaveLength(endpoints.split('&').length - Number(endpoints === '&'));
    },
  );

  test('the owner picks up and hangs up in the same moment', async () => {
    await dial();
    await call.rings();
    call.owner.answer();
    call.owner.hangup();
    await leaveMessage();
  });

  test('the end of the ringing is never told', async () => {
    await dial(`dial=${OWNER},timeout=5`);
    stage.asterisk.deliveries = ({ type }) => (type === 'ChannelDestroyed' ? [] : [1]);
    await leaveMessage();
  });

  test('options are wrong: one warning says what would be right, and what is right counts', async () => {
    await dial(`dial=${OWNER},timeout=soon,record=perhaps,colour=red,dial=${SECRETARY}`);
    await call.rings();
    call.owner.refuse();
    await leaveMessage();
    expect(warnings()).toMatchObject([
      {
        msg: 'Options of Stasis() that are not right are ignored',
        problems: [
          'an option is dial=, timeout= or record=',
          'dial= may be given once',
          'timeout= is a whole number of seconds from 1 to 300',
          'record= is yes or no',
        ],
      },
    ]);
  });
});

test('a bad mailbox rings nobody', async () => {
  await dial();
  await call.caller.hangup();
  await call.caller.over();
  stage.asterisk.legs.length = 0;
  const caller = await stage.call(`../305,dial=${OWNER}`);
  await caller.over();
  expect(stage.asterisk.legs).toEqual([]);
  expect(caller.channel.result).toMatchObject({ VMREASON: 'bad-mailbox' });
});

describe('in the conversation', () => {
  test('both are in the bridge, and nothing is recorded', async () => {
    await begin();
    expect(call.caller.channel.isAnswered).toBe(true);
    await call.talk();
    await call.caller.hangup();
    await call.caller.over();
    expect(call.caller.channel.result).toMatchObject({ ...SUCCESS, VM_MESSAGE: '' });
    expect(await recorded()).toEqual([]);
    expect(operations('recordBridge')).toEqual([]);
    expect(stage.messagesTold.size).toBe(0);
  });

  test('0 beeps for both, and then both are recorded', async () => {
    await begin();
    await call.record();
    await call.talk();
    await call.caller.hangup();
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
    for (const { heard } of [call.caller.channel, call.owner])
      expect(tones(heard).map(({ hz }) => hz)).toEqual([1000]);
    const [name] = (await call.recordings()).map((recording) => recording.name);
    expect(name).toMatch(/^voicemail\/305\/Conversations\/1700000000\d{3}-1700000000-1$/);
    expect(call.caller.channel.result).toMatchObject({ ...SUCCESS, VM_MESSAGE: name });
    expect(stage.messagesTold.size).toBe(0);
    expect(warnings()).toEqual([]);
  });

  test('record=yes records from the first word, without a beep', async () => {
    await begin(`dial=${OWNER},record=yes`);
    await call.talk();
    call.owner.hangup();
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
    expect(operations('playOnBridge')).toEqual([]);
  });

  test('a second 0 changes nothing', async () => {
    await begin();
    await call.press('0', 0.1);
    await call.press('0', 0.5);
    await call.press('0', 0.5);
    await call.talk();
    call.owner.hangup();
    await call.caller.over();
    expect(operations('playOnBridge')).toHaveLength(1);
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
  });

  test('5 leaves out what is said until the next 5', async () => {
    await begin();
    await call.record();
    await call.talk(2);
    await call.press('5');
    await call.talk(3);
    await call.press('5');
    await call.talk(1);
    call.owner.hangup();
    await call.caller.over();
    expect((await call.recordings())[0]?.seconds).toBeCloseTo(3.2, 0);
    expect((await recorded()).flat().reduce((sum, [, seconds = 0]) => sum + seconds, 0)).toBeCloseTo(3, 1);
    expect(call.owner.played).toEqual(['sound:descending-2tone', 'sound:ascending-2tone']);
    expect(call.caller.channel.played).toEqual([]);
  });

  test('6 records silence in place of what is said until the next 6', async () => {
    await begin();
    await call.record();
    await call.talk(2);
    await call.mute();
    await call.talk(3);
    await call.mute();
    await call.talk(1);
    call.owner.hangup();
    await call.caller.over();
    expect((await call.recordings())[0]?.seconds).toBeCloseTo(6.3, 0);
    expect(await recorded()).toEqual([
      [
        [BOTH, 2],
        [BOTH, 1],
      ],
    ]);
    expect(call.owner.played).toEqual(['sound:descending-2tone', 'sound:ascending-2tone']);
  });

  test('7 keeps it, and the next 0 is another file', async () => {
    await begin();
    await call.record();
    await call.talk(1);
    await call.press('7');
    await call.talk(1);
    const [first] = await call.recordings();
    expect(call.caller.channel.result).toMatchObject({ ...SUCCESS, VM_MESSAGE: first?.name });
    await call.record();
    await call.talk(2);
    await call.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 1]], [[BOTH, 2]]]);
    expect((await call.recordings()).map(({ name }) => name)).toEqual([first?.name, `${first?.name}-2`]);
    expect(call.caller.channel.result).toMatchObject({ VM_MESSAGE: `${first?.name}-2` });
  });

  test('9 throws it away, and the one before stays', async () => {
    await begin();
    await call.record();
    await call.talk(1);
    await call.press('7');
    await call.record();
    await call.talk(2);
    await call.press('9');
    await call.press('9');
    const [first, ...others] = await call.recordings();
    expect(others).toEqual([]);
    await call.caller.hangup();
    await call.caller.over();
    expect(call.caller.channel.result).toMatchObject({ ...SUCCESS, VM_MESSAGE: first?.name });
    expect(warnings()).toEqual([]);
  });

  test.for(['7', '9'])('%s during the beep: nothing is recorded', async (key) => {
    await begin();
    await call.press('0', 0.1);
    await call.press(key);
    await call.talk(2);
    await call.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([]);
    expect(operations('recordBridge')).toEqual([]);
  });

  test('all keys but 0 and # do nothing while nothing is recorded, and no key of the caller does', async () => {
    await begin();
    for (const key of '5679*1234') await call.press(key);
    await call.caller.press('05679#*');
    await call.caller.wait(1);
    expect(stage.asterisk.bridges.size).toBe(1);
    expect(operations('recordBridge')).toEqual([]);
    await call.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([]);
  });

  test('# ends the call for both, and the recording is kept', async () => {
    await begin();
    await call.record();
    await call.talk(2);
    await call.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
    expect(call.caller.log().at(-1)).toBe('Ending voice mail call');
  });

  test.for(['the caller', 'the owner', 'both'])('%s may hang up: the recording is kept', async (who) => {
    await begin();
    await call.record();
    await call.talk(2);
    if (who !== 'the owner') await call.caller.hangup();
    if (who !== 'the caller') call.owner.hangup();
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
    expect(call.caller.channel.result).toMatchObject({
      ...SUCCESS,
      VM_MESSAGE: (await call.recordings())[0]?.name,
    });
  });

  test('the owner is hung up at once when the caller hangs up, whatever the call is busy with', async () => {
    await begin();
    await call.record();
    await call.talk(2);
    stage.asterisk.faults = (operation) => (operation === 'stopRecording' ? { never: 'undone' } : undefined);
    await call.press('7');
    await call.caller.hangup();
    await call.caller.wait(0.005);
    expect(stage.asterisk.channels.size).toBe(0);
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
  });

  test('a recording that cannot be stopped ends with the call, and is kept', async () => {
    await begin();
    await call.record();
    await call.talk(2);
    stage.asterisk.faults = (operation) => (operation === 'stopRecording' ? { status: 500 } : undefined);
    await call.press('#');
    await call.caller.over();
    expect(await call.recordings()).toHaveLength(1);
    expect(call.caller.log()).toContain('Accepted recording');
    expect(call.caller.channel.result).toMatchObject({ VM_MESSAGE: (await call.recordings())[0]?.name });
  });

  test('a bridge that Asterisk does not remove is removed as soon as it does, and the call does not wait for it', async () => {
    await begin();
    let times = 0;
    stage.asterisk.faults = (operation) =>
      operation === 'destroyBridge' && ++times <= 6 ? { status: 500 } : undefined;
    await call.press('#');
    await call.caller.until('Call over');
    expect(times).toBeLessThan(6);
    await call.caller.wait(30);
    expect(times).toBe(7);
  });

  test("the owner's hangup overtakes the keys before it", async () => {
    await begin();
    await call.record();
    await call.talk(2);
    call.owner.press('9');
    call.owner.press('9');
    call.owner.press('0');
    call.owner.hangup();
    await call.caller.over();
    expect(operations('playOnBridge')).toHaveLength(1);
  });

  test('a full disk ends the recording: one error, a cue for the owner, and they talk on', async () => {
    await begin();
    await call.record();
    await call.talk(2);
    for (const bridge of stage.asterisk.bridges.values())
      bridge.recordings.forEach((name) => bridge.endRecording(name));
    await call.caller.wait(1);
    expect(warnings().map(({ msg }) => msg)).toEqual(['Recording ended early: is the disk full?']);
    expect(call.owner.played).toEqual(['sound:descending-2tone']);
    expect(stage.asterisk.bridges.size).toBe(1);
    await call.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([[[BOTH, 2]]]);
  });

  test('a recording in which there is nothing is none', async () => {
    await begin();
    await call.record();
    await call.press('5');
    await call.talk(2);
    const [bridge] = stage.asterisk.bridges.values();
    const [name = ''] = bridge?.recordings ?? [];
    bridge?.endRecording(name, false);
    await call.caller.wait(1);
    await call.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([]);
    expect(call.caller.channel.result).toMatchObject({ VM_MESSAGE: '' });
  });

  test('the caller goes on in the dialplan with VM_WHEN_DONE=continue, and the owner is hung up', async () => {
    stage = new FakeStage({ ...STORY_SETTINGS, VM_WHEN_DONE: 'continue' });
    await begin();
    await call.record();
    await call.press('#');
    await call.caller.over();
    expect(operations('continueInDialplan')).toHaveLength(1);
    expect(call.caller.channel.variables.get('VM_STATE')).toMatch(/^left:/);
  });

  test('with spoken prompts, nothing is said at its end', async () => {
    stage = new FakeStage({ ...STORY_SETTINGS, VM_PROMPTS: 'on' });
    await begin();
    call.owner.hangup();
    await call.caller.over();
    expect(call.caller.channel.played).toEqual([]);
  });

  test('a channel that comes again has its second conversation beside the first', async () => {
    stage = new FakeStage({ ...STORY_SETTINGS, VM_WHEN_DONE: 'continue' });
    await begin(`dial=${OWNER},record=yes`);
    await call.talk(1);
    await call.press('#');
    await call.caller.over();
    stage.asterisk.comeAgain(call.caller.channel, `305,dial=${OWNER},record=yes`);
    await call.caller.until('Entering dialing state', 2);
    await call.caller.wait(0.01);
    call.owner.answer();
    await call.caller.wait(0.05);
    await call.talk(2);
    await call.press('#');
    await call.caller.until('Call over', 2);
    expect(await recorded()).toEqual([[[BOTH, 1]], [[BOTH, 2]]]);
  });
});

test('20 conversations at once, each with its recording', async () => {
  const calls = await Promise.all(
    Array.from({ length: 20 }, () => FakeConversation.begin(stage, `dial=${OWNER},record=yes`)),
  );
  await Promise.all(calls.map((each) => each.talk(2)));
  for (const each of calls) await each.caller.hangup();
  await Promise.all(calls.map((each) => each.caller.over()));
  call = calls[0] as FakeConversation;
  expect(await recorded()).toEqual(Array.from({ length: 20 }, () => [[BOTH, 2]]));
});

test('two who never hang up are hung up after twelve hours, and what was recorded is kept', async () => {
  const call = await FakeConversation.begin(stage);
  await call.record();
  await call.talk(2);
  await call.caller.wait(12 * 3600 - 5);
  await stage.router.look();
  await call.caller.wait(1);
  expect(stage.asterisk.channels.size).toBe(2);
  await call.caller.wait(5);
  await stage.router.look();
  await call.caller.over();
  expect(call.caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'conversation' });
  expect(await call.recordings()).toHaveLength(1);
});
