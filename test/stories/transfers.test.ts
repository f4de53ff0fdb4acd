/** Calls that are transferred and picked up, on the fake Asterisk: the call goes on with the channel that is there now. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FakeChannel } from '../support/fake-channel.ts';
import { FakeConversation, OWNER, SECRETARY } from '../support/fake-conversation.ts';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import { transfer, transferInBridge } from '../support/fake-transfers.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { tones } from './stories.ts';

useVirtualTime(1_700_000_000_000);

let stage: FakeStage;

beforeEach(() => {
  stage = new FakeStage(STORY_SETTINGS);
});

afterEach(async () => {
  await wait(120);
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  expect(vi.getTimerCount()).toBe(0);
});

const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
const messages = async () =>
  (await stage.messages('305')).map(({ sounds }) => tones(sounds).map(({ hz }) => hz));
const warnings = () => stage.log.lines.filter(({ level }) => ['warn', 'error'].includes(level));

describe('the desk puts a caller through to voicemail', () => {
  let caller: FakeCaller;

  beforeEach(async () => {
    caller = await stage.call('305');
  });

  test('while it is recorded: what both say is one message, and the keys are the new caller’s', async () => {
    await caller.until('Recording voicemail');
    await caller.say(500, 2);
    transfer(stage.asterisk, caller.channel);
    await caller.say(600, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state');
    await caller.wait(5);
    await caller.press('#');
    await caller.over();
    expect(await messages()).toEqual([[500, 600]]);
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'accepted' });
    expect(warnings()).toEqual([]);
  });

  test('while it is recorded, who hangs up then: the message is kept, and the variables say so', async () => {
    await caller.until('Recording voicemail');
    transfer(stage.asterisk, caller.channel);
    await caller.say(600, 3);
    await caller.hangup();
    await caller.over();
    expect(await messages()).toEqual([[600]]);
    expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'hangup' });
  });

  test('the silence of the new caller ends the recording', async () => {
    await caller.until('Recording voicemail');
    await caller.say(500, 1);
    transfer(stage.asterisk, caller.channel);
    await caller.say(600, 1);
    await caller.until('Entering reviewing state');
    await caller.hangup();
  });

  test.for(Array.from({ length: 40 }, (_, n) => n))(
    '%s steps of 25 ms after the call has begun: the new caller hears the beep, and leaves a message',
    async (steps) => {
      await caller.wait(steps * 0.025);
      transfer(stage.asterisk, caller.channel);
      await caller.until('Recording voicemail');
      await caller.say(600, 2);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.say(700, 2);
      await caller.hangup();
      await caller.over();
      expect(await messages()).toEqual([[700]]);
      expect(warnings()).toEqual([]);
    },
  );

  test.for([0, 1, 2, 3, 4, 5])(
    '%s ms after the first take was stopped, and again a moment later',
    async (ms) => {
      await caller.until('Recording voicemail');
      await caller.say(500, 2);
      await caller.press('#');
      await caller.wait(ms / 1000);
      transfer(stage.asterisk, caller.channel);
      await caller.wait(0.02);
      transfer(stage.asterisk, caller.channel);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.say(600, 2);
      await caller.press('#');
      await caller.until('Entering reviewing state', 2);
      await caller.hangup();
      await caller.over();
      expect(await messages()).toEqual([[600]]);
    },
  );

  test('that is told twice, and the recording goes on undisturbed', async () => {
    await caller.until('Recording voicemail');
    stage.asterisk.deliveries = ({ type }) => (type === 'StasisStart' ? [1, 200] : [1]);
    transfer(stage.asterisk, caller.channel);
    await caller.say(600, 2);
    await caller.hangup();
    await caller.over();
    const stops = stage.asterisk.operations.filter((operation) => operation === 'stopRecording');
    expect(stops).toHaveLength(1);
    expect(await messages()).toEqual([[600]]);
  });

  test('the word of the old channel’s end, however late, does not end the call', async () => {
    stage.asterisk.deliveries = ({ type }) => [type === 'StasisEnd' ? 300 : 1];
    await caller.until('Recording voicemail');
    transfer(stage.asterisk, caller.channel);
    await caller.say(600, 2);
    await caller.hangup();
    await caller.over();
    expect(await messages()).toEqual([[600]]);
  });

  test('a word of the transfer that never comes is made up for by a look at the application', async () => {
    await caller.until('Recording voicemail');
    stage.asterisk.deliveries = () => [];
    transfer(stage.asterisk, caller.channel);
    stage.asterisk.deliveries = () => [1];
    await stage.router.look();
    await caller.until('Going on with another channel');
    await caller.say(600, 1);
    await caller.press('#');
    await caller.until('Entering reviewing state');
    await caller.hangup();
    await caller.over();
    expect(await messages()).toEqual([[600]]);
  });
});

describe('a call is picked up', () => {
  let call: FakeConversation;
  const picker = () => stage.asterisk.channels.get(call.owner.id) as FakeChannel;

  test.for([
    ['ChannelHangupRequest', `dial=${OWNER}`],
    ['StasisStart', `dial=${OWNER}`],
    ['ChannelHangupRequest', `dial=${OWNER}&${SECRETARY}`],
  ] as const)(
    'whoever does it is the owner, and nobody is recorded (first %s, %s)',
    async ([first, options]) => {
      call = await FakeConversation.dial(stage, options);
      await call.rings();
      call.owner.pickUp(first);
      await call.caller.until('Entering conversing state');
      await call.record();
      await call.talk();
      await call.press('#');
      await call.caller.over();
      expect(await call.messages()).toEqual([]);
      expect((await call.recordings()).map(({ sounds }) => tones(sounds).map(({ hz }) => hz))).toEqual([
        [1440],
      ]);
      expect(warnings()).toEqual([]);
    },
  );

  test('the word of it may come long after the phone has stopped ringing', async () => {
    stage.asterisk.deliveries = ({ type }) => [type === 'StasisStart' ? 500 : 1];
    call = await FakeConversation.dial(stage);
    await call.rings();
    await call.caller.wait(1);
    call.owner.pickUp();
    await call.caller.until('Entering conversing state');
    await call.caller.hangup();
  });

  test('if nobody comes after all, the caller leaves a message', async () => {
    call = await FakeConversation.dial(stage);
    await call.rings();
    stage.asterisk.deliveries = ({ type }) => (type === 'StasisStart' ? [] : [1]);
    call.owner.pickUp();
    stage.asterisk.deliveries = () => [1];
    await call.caller.until('Recording voicemail');
    await call.caller.hangup();
    picker().hangup();
  });

  test('too late: who comes when the caller has left is hung up', async () => {
    call = await FakeConversation.dial(stage);
    await call.rings();
    stage.asterisk.deliveries = ({ type }) => [type === 'StasisStart' ? 500 : 1];
    call.owner.pickUp();
    await call.caller.hangup();
  });
});

describe('in a conversation', () => {
  let call: FakeConversation;

  beforeEach(async () => {
    call = await FakeConversation.begin(stage, `dial=${OWNER}&${SECRETARY}`);
    await call.record();
    await call.talk();
  });

  const recorded = async () =>
    (await call.recordings()).map(({ sounds }) => tones(sounds).map(({ hz }) => hz));

  test('the owner transfers the caller: they go on talking, and the keys are the new owner’s', async () => {
    const owner = transferInBridge(stage.asterisk, call.owner);
    await call.caller.wait(0.1);
    owner.speak(700, 2);
    await call.caller.say(1000, 2);
    owner.press('7');
    await call.caller.until('Accepted recording');
    owner.press('#');
    await call.caller.over();
    expect(await recorded()).toEqual([[1440, 1700]]);
    expect(call.caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'conversation' });
  });

  test('and whom nobody answers there ends the call, as a hangup does', async () => {
    const owner = transferInBridge(stage.asterisk, call.owner);
    await call.caller.wait(2);
    owner.hangup();
    await call.caller.over();
    expect(await recorded()).toEqual([[1440]]);
  });

  test('and the caller hangs up: so is the new owner', async () => {
    const owner = transferInBridge(stage.asterisk, call.owner);
    await call.caller.hangup();
    await owner.gone;
  });

  test('the caller is transferred, and again: they go on talking until one hangs up', async () => {
    const first = transferInBridge(stage.asterisk, call.caller.channel);
    await wait(0.1);
    const caller = transferInBridge(stage.asterisk, first);
    await wait(0.1);
    call.owner.speak(440, 2);
    caller.speak(700, 2);
    await wait(2);
    await call.press('7');
    expect(await recorded()).toEqual([[1440, 1140]]);
    expect(caller.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'conversation' });
    caller.hangup();
    await wait(0.1);
    expect(stage.asterisk.channels.size).toBe(0);
  });

  test('both are transferred in the same moment', async () => {
    const owner = transferInBridge(stage.asterisk, call.owner);
    const caller = transferInBridge(stage.asterisk, call.caller.channel);
    await wait(1);
    expect([...(caller.bridge?.channels ?? [])].sort()).toEqual([owner, caller].sort());
    owner.press('#');
    await caller.gone;
  });

  test.for(['owner', 'caller'] as const)(
    'of the transfer of the %s is told twice: they go on talking',
    async (who) => {
      stage.asterisk.deliveries = ({ type }) => (type === 'StasisStart' ? [1, 200] : [1]);
      const other = transferInBridge(stage.asterisk, who === 'owner' ? call.owner : call.caller.channel);
      const before = stage.asterisk.operations.length;
      await wait(1);
      expect(stage.asterisk.operations.slice(before)).not.toContain('hangup');
      other.speak(700, 2);
      await wait(2);
      other.hangup();
      await call.caller.over();
      expect(await recorded()).toEqual([[1440, 700]]);
    },
  );

  test.for(['getApplicationBridges', 'getChannel'])(
    'who has come is told of when the caller has left already, and %s fails once: they go on talking',
    async (failing) => {
      let failures = 0;
      stage.asterisk.deliveries = ({ type }) => [type === 'StasisStart' ? 500 : 1];
      stage.asterisk.faults = (operation) =>
        operation === failing && failures++ === 0 ? { status: 500 } : undefined;
      const caller = transferInBridge(stage.asterisk, call.caller.channel);
      await wait(2);
      expect(failures).toBeGreaterThan(0);
      call.owner.press('#');
      await caller.gone;
    },
  );

  test('with VM_WHEN_DONE=continue a caller who has come by a transfer is hung up: no dialplan waits there', async () => {
    call.owner.hangup();
    await call.caller.over();
    stage = new FakeStage({ ...STORY_SETTINGS, VM_WHEN_DONE: 'continue' });
    call = await FakeConversation.begin(stage);
    transferInBridge(stage.asterisk, call.caller.channel);
    await wait(0.1);
    call.owner.press('#');
    await wait(1);
    expect(stage.asterisk.operations).not.toContain('continueInDialplan');
  });
});

test('the desk puts a caller through while the phone rings: the owner talks to that caller', async () => {
  const call = await FakeConversation.dial(stage);
  await call.rings();
  transfer(stage.asterisk, call.caller.channel);
  await wait(1);
  call.owner.answer();
  await call.caller.until('Entering conversing state');
  await call.record();
  await call.talk();
  await call.press('#');
  await call.caller.over();
  expect((await call.recordings()).length).toBe(1);
});

describe('a caller of whom Asterisk tells nothing', () => {
  test('is served at the second look, and leaves a message', async () => {
    const channel = stage.asterisk.dialUnheard('305');
    await stage.router.look();
    await stage.log.until(channel.id, 'Recording voicemail');
    channel.speak(600, 2);
    await wait(2);
    channel.hangup();
    await stage.log.until(channel.id, 'Call over', 1, 60);
    expect(await messages()).toEqual([[600]]);
  });

  test('and whose hangup nobody tells of is missed while the phone rings', async () => {
    stage.asterisk.phones.add(OWNER);
    const channel = stage.asterisk.dialUnheard(`305,dial=${OWNER}`);
    await stage.router.look();
    await stage.log.until(channel.id, 'Entering dialing state');
    await wait(1);
    channel.hangup();
    await stage.router.look();
    await stage.log.until(channel.id, 'Call over');
    expect(stage.asterisk.legs[0]?.isRinging).toBe(false);
  });

  test('a look at an application of which all is known is one request', async () => {
    const caller = await stage.call('305');
    await caller.until('Recording voicemail');
    await caller.wait(0.1);
    const before = stage.asterisk.operations.length;
    await stage.router.look();
    expect(stage.asterisk.operations.slice(before)).toEqual(['getApplicationChannels']);
    await caller.hangup();
  });

  test.for([0, 1, 2, 500, 900])(
    'a call that comes %s ms before its StasisStart does is one call',
    async (ms) => {
      stage.asterisk.deliveries = ({ type }) => [type === 'StasisStart' ? ms + 1 : 1];
      const caller = await stage.call('305');
      await stage.router.look();
      await caller.until('Recording voicemail');
      expect(stage.router.size).toBe(1);
      expect(stage.asterisk.operations.filter((operation) => operation === 'answer')).toHaveLength(1);
      await caller.hangup();
    },
  );
});
