/**
 * The router's take-up: calls that an earlier daemon left, events that come before they are known, and those of a
 * connection that was lost. Whole calls are told in test/stories/takeover.ts.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import type { AriPort, ChannelInDialplan } from '../../src/ari/ari-port.ts';
import { CallRouter } from '../../src/call-router.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { APP, FakeAsterisk } from '../support/fake-asterisk.ts';
import type { FakeChannel } from '../support/fake-channel.ts';

useVirtualTime();

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const stranger = { id: '1700000000.99', name: 'Fake/stranger', creationtime: '2026-01-31T12:00:00.000+0000' };

let asterisk: FakeAsterisk;
let router: CallRouter;
let log: DaemonLog;
let adopted: number;
let ended: string[];

beforeEach(() => {
  asterisk = new FakeAsterisk();
  log = new DaemonLog();
  adopted = 0;
  ended = [];
  router = new CallRouter({
    ari: asterisk,
    app: APP,
    config: loadConfig({ VM_PROMPTS: 'off' }).config,
    log: createLog('debug', log),
    index: new MessageIndex(),
    observer: {
      callAdopted: () => (adopted += 1),
      callEnded: (status, reason) => ended.push(`${status} ${reason}`),
    },
  });
});

const said = (msg: string) => log.lines.filter((line) => line.msg === msg).length;
const count = (operation: keyof AriPort) => asterisk.operations.filter((each) => each === operation).length;

/** Connects: events come from now on, and nothing is taken up yet. */
function connect(): void {
  router.connecting();
  asterisk.onEvent = (event) => router.route(event);
}

/** A call that came in while an earlier daemon was there, and is in the application still. */
async function left(mailbox = '305'): Promise<FakeChannel> {
  asterisk.onEvent = () => {};
  const channel = asterisk.dial(mailbox);
  await wait(2);
  return channel;
}

async function hangUpAll(): Promise<void> {
  for (const channel of asterisk.channels.values()) channel.hangup();
  await wait(10_000);
  expect(router.size).toBe(0);
}

test('a call that an earlier daemon left is taken up once, however often it is asked for', async () => {
  await left();
  connect();
  await router.takeUp();
  await router.takeUp();
  expect({ calls: router.size, adopted }).toEqual({ calls: 1, adopted: 1 });
  await hangUpAll();
  expect(ended).toEqual(['FAILED hangup']);
});

test.for([1, 2, 3, 4, 50, 2_000])(
  'a StasisStart that comes %s ms after the take-up has begun makes no second call',
  async (ms) => {
    asterisk.deliveries = (event) => [event.type === 'StasisStart' ? ms : 1];
    connect();
    asterisk.dial('305');
    await router.takeUp();
    await wait(5_000);
    const recordings = said('Recording voicemail');
    expect({ calls: router.size, answers: count('answer'), recordings }).toEqual({
      calls: 1,
      answers: 1,
      recordings: 1,
    });
    await hangUpAll();
  },
);

test('a StasisStart that comes before the call is looked for makes it ours, and not taken over', async () => {
  connect();
  asterisk.dial('305');
  await wait(2);
  await router.takeUp();
  expect({ calls: router.size, adopted, lookedFor: count('getChannel') }).toEqual({
    calls: 1,
    adopted: 0,
    lookedFor: 0,
  });
  await hangUpAll();
});

describe('what happens to a call before it is known', () => {
  test('a hangup: there is no call', async () => {
    const channel = await left();
    connect();
    asterisk.faults = (operation) => (operation === 'getChannelVar' ? { lateMs: 500 } : undefined);
    const takenUp = router.takeUp();
    await wait(50);
    channel.hangup();
    await takenUp;
    await wait(5_000);
    expect(router.size).toBe(0);
  });

  test('a key is heard when its turn comes', async () => {
    const channel = await left();
    connect();
    channel.press('9');
    await wait(2);
    await router.takeUp();
    await wait(1_000);
    expect(ended).toEqual(['USEREXIT discarded']);
  });

  test('is forgotten after the take-up: a stranger has no call, then or later', async () => {
    connect();
    router.route({ type: 'ChannelDtmfReceived', channel: stranger, digit: '9' });
    await router.takeUp();
    router.route({ type: 'ChannelDtmfReceived', channel: stranger, digit: '9' });
    expect(router.size).toBe(0);
  });
});

describe('no call of ours is', () => {
  const found = (dialplan: ChannelInDialplan['dialplan']) => {
    asterisk.getApplicationChannels = () => Promise.resolve([stranger.id]);
    asterisk.getChannel = () => Promise.resolve({ ...stranger, dialplan });
  };

  test.for<[string, ChannelInDialplan['dialplan']]>([
    ['a channel that is only watched', { app_name: 'Dial', app_data: 'PJSIP/101' }],
    ['a channel in a queue of our name', { app_name: 'Queue', app_data: 'vm-record,305' }],
    ['a channel in another application', { app_name: 'Stasis', app_data: 'other,305' }],
    ['a channel in one whose name begins like ours', { app_name: 'Stasis', app_data: 'vm-record-2,305' }],
    ['a channel of which nothing is known', {}],
  ])('%s', async ([, dialplan]) => {
    found(dialplan);
    connect();
    await router.takeUp();
    expect({ calls: router.size, adopted, log: log.lines }).toEqual({ calls: 0, adopted: 0, log: [] });
  });

  test('a channel that the daemon itself has made, in the dialplan', async () => {
    asterisk.getApplicationChannels = () =>
      Promise.resolve(['vm-record-dialplan-1', 'vm-record-dialplan-1;2']);
    connect();
    await router.takeUp();
    expect({ calls: router.size, lookedFor: count('getChannel') }).toEqual({ calls: 0, lookedFor: 0 });
  });

  test('a channel that is gone by the time it is looked at', async () => {
    asterisk.getApplicationChannels = () => Promise.resolve([stranger.id]);
    connect();
    await router.takeUp();
    expect(router.size).toBe(0);
  });
});

test('a blank before the mailbox, as in the tutorial, is no part of it', async () => {
  await left(' 305');
  connect();
  await router.takeUp();
  await wait(1_000);
  expect(log.lines.find(({ msg }) => msg === 'Taking up a call')?.['mailbox']).toBe('305');
  await hangUpAll();
});

describe('Asterisk does not answer in the middle of the take-up', () => {
  test('it fails, and the next time takes up the rest, with what happened meanwhile', async () => {
    const [first, second] = [await left(), await left()];
    connect();
    const { getChannel } = asterisk;
    asterisk.getChannel = (id) =>
      id === second.id ? Promise.reject(new Error('no answer')) : getChannel(id);
    expect(await router.takeUp()).toBe(false);
    await wait(100);
    expect({ calls: router.size, adopted }).toEqual({ calls: 1, adopted: 1 });
    second.press('9');
    await wait(2);
    asterisk.getChannel = getChannel;
    await router.takeUp();
    await wait(1_000);
    expect({ adopted, ended }).toEqual({ adopted: 2, ended: ['USEREXIT discarded'] });
    expect(first.variables.get('VMREASON')).toBe('silence');
    await hangUpAll();
  });

  test('at its very beginning: calls from before are not taken for ended', async () => {
    connect();
    asterisk.dial('305');
    await wait(1_000);
    router.connecting();
    asterisk.faults = (operation) => (operation === 'getApplicationChannels' ? { status: 500 } : undefined);
    await expect(router.takeUp()).rejects.toThrow();
    asterisk.faults = () => undefined;
    await router.takeUp();
    await wait(1_000);
    expect({ calls: router.size, adopted, ended }).toEqual({ calls: 1, adopted: 0, ended: [] });
    await hangUpAll();
  });
});

test('after a lost connection, a call that is not in the application any more is over', async () => {
  connect();
  const channel = asterisk.dial('305');
  await wait(1_000);
  asterisk.onEvent = () => {};
  channel.hangup();
  await wait(100);
  connect();
  await router.takeUp();
  await wait(10_000);
  expect({ calls: router.size, adopted, ended }).toEqual({ calls: 0, adopted: 0, ended: ['FAILED silence'] });
});
