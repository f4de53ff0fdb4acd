/**
 * The daemon is away while it rings, while they talk, and while that is recorded: killed and started again, or without
 * a connection for a while. Then each call goes on where it stands, or ends, and nobody is left in a bridge.
 */
import { describe, expect, test, vi } from 'vitest';
import { FakeConversation, OWNER, SECRETARY } from '../support/fake-conversation.ts';
import { type Away, FakeTakeoverStage } from '../support/fake-takeover.ts';
import { transferInBridge } from '../support/fake-transfers.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { tones } from './stories.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

/** Both voices at once, as the fake tells it. */
const BOTH = 1440;
const NOBODY = { calls: 0, channels: 0, liveRecordings: [] };
const AWAY: readonly Away[] = ['killed', 'replaced', 'disconnected', 'cut off'];
/** As long as what an event sets off takes. */
const MOMENTS_MS = Array.from({ length: 20 }, (_, ms) => ms);

useVirtualTime(1_700_000_000_000);

let stage: FakeTakeoverStage;
let call: FakeConversation;

async function start(how: Away, options?: string): Promise<void> {
  stage = await FakeTakeoverStage.start(how, { ...TAKEOVER_SETTINGS, VM_MAX_SILENCE_SECONDS: '0' });
  call = await FakeConversation.dial(stage, options);
}

async function ring(how: Away, options?: string): Promise<void> {
  await start(how, options);
  await call.rings();
}

async function talk(how: Away): Promise<void> {
  await ring(how);
  call.owner.answer();
  await call.caller.wait(0.1);
}

async function record(how: Away): Promise<void> {
  await talk(how);
  await call.record();
  await call.talk(2);
}

const die = () => stage.away(() => Promise.resolve());

/** The tones of each conversation's recording, in Hz and rounded seconds. */
const recorded = async () =>
  (await call.recordings()).map(({ sounds }) =>
    tones(sounds).map(({ hz, seconds }) => [hz, Math.round(seconds)]),
  );

/** Nobody is there any more, and nothing is left. */
async function expectOver(recordings: readonly unknown[] = []): Promise<void> {
  await call.caller.wait(60);
  expect(stage.leftovers()).toEqual(NOBODY);
  expect(await recorded()).toEqual(recordings);
  expect(vi.getTimerCount()).toBe(0);
}

async function expectMessage(): Promise<void> {
  await call.caller.until('Recording voicemail');
  await call.caller.say(600, 2);
  await call.caller.hangup();
  await expectOver();
  expect((await call.messages()).map(({ sounds }) => tones(sounds).map(({ hz }) => hz))).toEqual([[600]]);
  expect(await stage.counted('305')).toBe(1);
}

describe.each(AWAY)('%s while it rings', (how) => {
  test('it rings on, and the owner answers', async () => {
    await ring(how);
    await die();
    expect(stage.asterisk.legs).toHaveLength(1);
    call.owner.answer();
    await call.caller.wait(0.1);
    await call.record();
    await call.talk(2);
    await call.press('#');
    await expectOver([[[BOTH, 2]]]);
  });

  test('it rings on, and the owner refuses', async () => {
    await ring(how);
    await die();
    call.owner.refuse();
    await expectMessage();
  });

  test('one of two phones is busy meanwhile, the other is answered afterwards', async () => {
    await ring(how, `dial=${OWNER}&${SECRETARY}`);
    await stage.away(() => Promise.resolve(call.owner.refuse()));
    call.leg(SECRETARY).answer();
    await call.caller.wait(0.1);
    expect([...stage.asterisk.bridges.values()].map(({ channels }) => channels.size)).toEqual([2]);
    await call.caller.hangup();
    await expectOver();
  });

  test.for([
    ['the phone is refused', () => call.owner.refuse()],
    // Asterisk hangs up who enters an application that is not there.
    ['the phone is answered', () => call.owner.answer()],
  ] as const)('%s meanwhile: a message', async ([, happens]) => {
    await ring(how);
    await stage.away(() => Promise.resolve(happens()));
    await expectMessage();
  });

  test('the caller hangs up meanwhile: the phones stop ringing', async () => {
    await ring(how, `dial=${OWNER}&${SECRETARY}`);
    await stage.away(() => call.caller.hangup());
    await call.caller.wait(0.1);
    expect([call.owner.isRinging, call.leg(SECRETARY).isRinging]).toEqual([false, false]);
    await expectOver();
  });

  test('the caller hangs up afterwards', async () => {
    await ring(how);
    await die();
    await call.caller.hangup();
    await expectOver();
  });
});

describe.each(AWAY)('%s while they talk', (how) => {
  test('they talk on, and the keys work', async () => {
    await talk(how);
    await stage.away(() => call.talk(1));
    await call.record();
    await call.talk(2);
    await call.press('#');
    await expectOver([[[BOTH, 2]]]);
    expect(call.caller.channel.result).toMatchObject({ VMREASON: 'conversation', VMSTATUS: 'SUCCESS' });
    expect(call.caller.log().filter((line) => line === 'Recording voicemail')).toEqual([]);
  });

  test.for(['the owner', 'the caller', 'both'])('%s may hang up meanwhile', async (who) => {
    await record(how);
    await stage.away(async () => {
      if (who !== 'the caller') call.owner.hangup();
      if (who !== 'the owner') await call.caller.hangup();
    });
    await call.caller.wait(10);
    expect(stage.leftovers()).toEqual(NOBODY);
    const [[[hz] = []] = []] = await recorded();
    expect(hz).toBe(BOTH);
    expect(await recorded()).toHaveLength(1);
    expect(await stage.counted('305')).toBe(0);
  });

  test('the recording goes on', async () => {
    await record(how);
    await stage.away(() => call.talk(1));
    await call.talk(1);
    await call.press('7');
    await call.record();
    await call.talk(1);
    call.owner.hangup();
    await expectOver([
      [
        [BOTH, 2],
        [BOTH, 1],
        [BOTH, 1],
      ],
      [[BOTH, 1]],
    ]);
    expect(call.caller.channel.result['VM_MESSAGE']).toMatch(/-2$/);
  });

  test('a pause goes on, and 5 ends it', async () => {
    await record(how);
    await call.press('5');
    await stage.away(() => call.talk(2));
    await call.press('5');
    await call.talk(1);
    await call.caller.hangup();
    await expectOver([
      [
        [BOTH, 2],
        [BOTH, 1],
      ],
    ]);
  });

  test('silence goes on being recorded, and 6 ends it', async () => {
    await record(how);
    await call.mute();
    await stage.away(() => call.talk(2));
    await call.mute();
    await call.talk(1);
    await call.caller.hangup();
    await expectOver([
      [
        [BOTH, 2],
        [BOTH, 1],
      ],
    ]);
  });

  test('the disk is full meanwhile: they talk on', async () => {
    await record(how);
    await stage.away(() => {
      for (const bridge of stage.asterisk.bridges.values())
        bridge.recordings.forEach((name) => bridge.endRecording(name));
      return Promise.resolve();
    });
    await call.record();
    await call.talk(1);
    await call.press('#');
    await expectOver([[[BOTH, 2]], [[BOTH, 1]]]);
  });
});

describe('the daemon dies', () => {
  test.for(MOMENTS_MS)('%s ms after the call came in: it rings, or a message is taken', async (ms) => {
    await start('killed');
    await call.caller.wait(ms / 1000);
    await die();
    await call.caller.wait(0.1);
    if (stage.asterisk.legs.some((leg) => leg.isRinging)) {
      call.owner.answer();
      await call.caller.wait(0.1);
      expect(stage.asterisk.bridges.size).toBe(1);
      await call.caller.hangup();
      await expectOver();
    } else await expectMessage();
  });

  test.for(MOMENTS_MS)('%s ms after the owner has answered: they talk, or a message is taken', async (ms) => {
    await ring('killed', `dial=${OWNER}&${SECRETARY}`);
    call.owner.answer();
    await call.caller.wait(ms / 1000);
    await die();
    await call.caller.wait(0.1);
    expect(call.leg(SECRETARY).isRinging).toBe(false);
    expect([...stage.asterisk.bridges.values()].map(({ channels }) => channels.size)).toEqual([2]);
    await call.record();
    await call.talk(2);
    await call.press('#');
    await expectOver([[[BOTH, 2]]]);
  });

  test.for(MOMENTS_MS)('%s ms after both phones are picked up: one of them talks', async (ms) => {
    await ring('killed', `dial=${OWNER}&${SECRETARY}`);
    call.owner.answer();
    call.leg(SECRETARY).answer();
    await call.caller.wait(ms / 1000);
    await die();
    await call.caller.wait(0.1);
    expect(stage.asterisk.channels.size).toBe(2);
    await call.caller.hangup();
    await expectOver();
  });

  test.for(MOMENTS_MS)('%s ms after the last phone was refused: a message is taken', async (ms) => {
    await ring('killed');
    call.owner.refuse();
    await call.caller.wait(ms / 1000);
    await die();
    await call.caller.wait(1);
    expect(stage.asterisk.legs).toHaveLength(1);
    await expectMessage();
  });

  test.for(MOMENTS_MS)('%s ms after the 0: it is recorded now, or after the next 0', async (ms) => {
    await talk('killed');
    call.owner.press('0');
    await call.caller.wait(0.3 + ms / 1000);
    await die();
    await call.record();
    await call.talk(2);
    await call.press('7');
    await call.caller.hangup();
    await call.caller.wait(30);
    expect((await recorded()).flat()).toEqual([[BOTH, 2]]);
    await expectOver(await recorded());
  });

  test.for(MOMENTS_MS)('%s ms after the 7: it is kept', async (ms) => {
    await record('killed');
    call.owner.press('7');
    await call.caller.wait(ms / 1000);
    await die();
    await call.caller.hangup();
    await expectOver([[[BOTH, 2]]]);
  });

  test.for(MOMENTS_MS)('%s ms after the 9: nothing half is left', async (ms) => {
    await record('killed');
    call.owner.press('9');
    await call.caller.wait(ms / 1000);
    await die();
    await call.press('9');
    await call.caller.hangup();
    await expectOver();
  });

  test.for(MOMENTS_MS)('%s ms after the #: both are hung up, and it is kept', async (ms) => {
    await record('killed');
    call.owner.press('#');
    await call.caller.wait(ms / 1000);
    await die();
    await call.press('#'); // if it was not heard
    await expectOver([[[BOTH, 2]]]);
    expect(call.caller.channel.result).toMatchObject({ VMREASON: 'conversation', VMSTATUS: 'SUCCESS' });
    expect(call.caller.channel.result['VM_MESSAGE']).toContain('/Conversations/');
  });

  test.for(MOMENTS_MS)('%s ms after the owner has hung up: the caller is hung up', async (ms) => {
    await record('killed');
    call.owner.hangup();
    await call.caller.wait(ms / 1000);
    await die();
    await expectOver([[[BOTH, 2]]]);
  });

  test.for(MOMENTS_MS)('%s ms after the next one has come', async (ms) => {
    await record('killed');
    stage.goAway();
    await call.caller.wait(1);
    void stage.comeBack();
    await call.caller.wait(ms / 1000);
    await die();
    await call.talk(1);
    await call.press('7');
    await call.caller.hangup();
    await expectOver([
      [
        [BOTH, 2],
        [BOTH, 1],
      ],
    ]);
  });
});

test.for(MOMENTS_MS)('the owner hangs up %s ms after the next daemon has come', async (ms) => {
  await record('killed');
  stage.goAway();
  await call.caller.wait(1);
  void stage.comeBack();
  await call.caller.wait(ms / 1000);
  call.owner.hangup();
  await expectOver([[[BOTH, 2]]]);
});

test.for(MOMENTS_MS)('the owner answers %s ms after the next daemon has come', async (ms) => {
  await ring('killed');
  stage.goAway();
  await call.caller.wait(1);
  void stage.comeBack();
  await call.caller.wait(ms / 1000);
  call.owner.answer();
  await call.caller.wait(0.1);
  expect([...stage.asterisk.bridges.values()].map(({ channels }) => channels.size)).toEqual([2]);
  await call.caller.hangup();
  await expectOver();
});

test('a phone that was given up, and rings on when the daemon dies, stops ringing', async () => {
  await start('killed', `dial=${OWNER},timeout=300`);
  stage.asterisk.faults = (operation) =>
    operation === 'originate'
      ? { status: 500, done: true }
      : operation === 'hangup'
        ? { status: 503 }
        : undefined;
  await call.caller.until('Recording voicemail');
  expect(call.owner.isRinging).toBe(true);
  stage.goAway();
  stage.asterisk.faults = () => undefined;
  await stage.comeBack();
  await call.caller.wait(0.1);
  expect(call.owner.isRinging).toBe(false);
  await call.caller.say(600, 2);
  await call.caller.hangup();
  await expectOver();
  expect(await stage.counted('305')).toBe(1);
});

test('phones and bridges whose caller is gone are removed, and no others', async () => {
  await record('killed');
  const other = await FakeConversation.begin(stage);
  const bridges = [...stage.asterisk.bridges.keys()];
  await stage.asterisk.createBridge('somebody-elses');
  await stage.away(() => call.caller.hangup());
  await call.caller.wait(0.1);
  expect([...stage.asterisk.bridges.keys()]).toEqual([bridges[1], 'somebody-elses']);
  await stage.asterisk.destroyBridge('somebody-elses');
  await other.caller.hangup();
  await call.caller.wait(30);
  expect(stage.leftovers()).toEqual(NOBODY);
});

test('the connection is lost again while bridges are asked for: a call that has come in meanwhile goes on', async () => {
  await start('disconnected');
  await call.caller.hangup();
  stage.goAway();
  stage.asterisk.faults = (operation) =>
    operation === 'getApplicationBridges' ? { lateMs: 1000 } : undefined;
  void stage.comeBack();
  await call.caller.wait(0.5);
  const caller = await stage.call('305');
  await caller.wait(0.1);
  stage.asterisk.faults = () => undefined;
  await stage.comeBack();
  await caller.wait(3);
  expect(caller.log()).not.toContain('Channel hung up');
  await caller.hangup();
  await caller.wait(60);
  expect(stage.leftovers()).toEqual(NOBODY);
});

test('the owner hangs up while no daemon is there, which could not note that they talk: a message', async () => {
  await ring('killed');
  stage.asterisk.faults = (operation) => (operation === 'setChannelVars' ? { status: 500 } : undefined);
  call.owner.answer();
  await call.caller.wait(1);
  stage.asterisk.faults = () => undefined;
  await stage.away(() => Promise.resolve(call.owner.hangup()));
  await expectMessage();
});

test('a channel that comes again after a conversation, while no daemon is there, rings the owner again', async () => {
  stage = await FakeTakeoverStage.start('killed', { ...TAKEOVER_SETTINGS, VM_WHEN_DONE: 'continue' });
  call = await FakeConversation.begin(stage);
  await call.record();
  await call.talk(1);
  await call.press('#', 1);
  await stage.away(() => Promise.resolve(stage.asterisk.comeAgain(call.caller.channel, `305,dial=${OWNER}`)));
  await call.rings();
  expect(call.owner.isRinging).toBe(true);
  await call.caller.hangup();
  await expectOver([[[BOTH, 1]]]);
  expect(call.caller.channel.result).toMatchObject({ VMSTATUS: 'FAILED', VM_MESSAGE: '' });
});

test('the owner answers when the connection is dead, which Asterisk has not noticed: they talk afterwards', async () => {
  await ring('disconnected');
  stage.goAway();
  stage.asterisk.isAlone = false;
  call.owner.answer();
  await call.caller.wait(1);
  await stage.comeBack();
  await call.caller.wait(0.1);
  expect([...stage.asterisk.bridges.values()].map(({ channels }) => channels.size)).toEqual([2]);
  await call.caller.hangup();
  await expectOver();
});

test.for(MOMENTS_MS)(
  'a phone that is refused %s ms after the next daemon has come, of which nothing was noted, is rung and hung up again',
  async (ms) => {
    await start('killed');
    stage.asterisk.faults = (operation) => (operation === 'setChannelVars' ? { status: 500 } : undefined);
    await call.rings();
    stage.goAway();
    stage.asterisk.faults = () => undefined;
    void stage.comeBack();
    await call.caller.wait(ms / 1000);
    call.owner.refuse();
    await call.caller.wait(0.1);
    call.owner.answer();
    await call.caller.wait(0.1);
    await call.caller.hangup();
    await expectOver();
  },
);

test('the connection comes back, and is lost again before it is known who has left: they talk on', async () => {
  await talk('cut off');
  stage.goAway();
  await call.caller.wait(1);
  stage.asterisk.faults = (operation) => (operation === 'getBridgeChannels' ? { status: 503 } : undefined);
  await stage.comeBack();
  await call.caller.wait(1);
  stage.goAway();
  stage.asterisk.faults = () => undefined;
  await call.caller.wait(1);
  await stage.comeBack();
  await call.record();
  await call.talk(2);
  call.owner.press('#');
  await expectOver([[[BOTH, 2]]]);
});

test('the connection is lost and back before Asterisk has rung the phone: it rings, and can be answered', async () => {
  stage = await FakeTakeoverStage.start('disconnected', TAKEOVER_SETTINGS);
  stage.asterisk.faults = (operation) => (operation === 'originate' ? { lateMs: 300 } : undefined);
  call = await FakeConversation.dial(stage);
  await call.caller.until('Entering dialing state');
  stage.goAway();
  await stage.comeBack();
  await call.caller.wait(1);
  call.owner.answer();
  await call.record();
  await call.talk(2);
  call.owner.press('#');
  await expectOver([[[BOTH, 2]]]);
});

test.for(['getBridgeChannels', 'getChannel'])(
  'Asterisk does not say who has left when the connection is back (%s): that is asked again',
  async (asked) => {
    await talk('cut off');
    stage.goAway();
    call.owner.hangup();
    await call.caller.wait(1);
    let refusals = 9;
    stage.asterisk.faults = (operation) =>
      operation === asked && refusals-- > 0 ? { status: 503 } : undefined;
    await stage.comeBack();
    await call.caller.wait(30);
    expect(stage.leftovers()).toEqual(NOBODY);
    // However often that is.
    const complaints = stage.log.lines.filter(({ msg }) => msg.startsWith('Could not find out who has come'));
    expect(complaints.map(({ level }) => level).filter((level) => level !== 'debug')).toEqual(['warn']);
    expect(complaints.length).toBeGreaterThan(1);
    await expectOver();
  },
);

test.for([0, 1, 2, 3, 4, 1000, 2500])(
  'the caller is transferred as the connection comes back, which is told %s ms later: they talk on',
  async (ms) => {
    await talk('cut off');
    stage.goAway();
    await call.caller.wait(1);
    stage.asterisk.deliveries = () => [ms + 1];
    const caller = transferInBridge(stage.asterisk, call.caller.channel);
    // In the moment of the change the application has neither of the two.
    const list = stage.asterisk.getApplicationChannels;
    stage.asterisk.getApplicationChannels = () => {
      stage.asterisk.getApplicationChannels = list;
      return Promise.resolve([call.owner.id]);
    };
    let refusals = ms < 1000 ? 0 : 2;
    stage.asterisk.faults = (operation) =>
      operation === 'getBridgeChannels' && refusals-- > 0 ? { status: 503 } : undefined;
    await stage.comeBack();
    await call.caller.wait(10);
    expect([...(caller.bridge?.channels ?? [])].length).toBe(2);
    call.owner.press('#');
    await expectOver();
  },
);
