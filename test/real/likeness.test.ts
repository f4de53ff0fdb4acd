/**
 * The fake Asterisk against the real one: the same operations and the same callers on both, and what they
 * answered and which events they sent must be the same. A fake that answers differently is a bug.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import type { AriConnection } from '../../src/ari/ari-connection.ts';
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriEvent, AriPort } from '../../src/ari/ari-port.ts';
import { connectDaemon } from '../support/connect.ts';
import { FakeAsterisk } from '../support/fake-asterisk.ts';
import { readHeader, wholeFile } from '../support/file-pieces.ts';

/** One Asterisk, with a caller's side and a daemon's side. */
interface World {
  readonly ari: AriPort;
  onEvent(listener: (event: AriEvent) => void): void;
  /** A caller dials in; resolves when somebody has answered. */
  dial(): Promise<DialledCaller>;
}

interface DialledCaller {
  readonly id: string;
  readonly say: (hz: number, seconds: number) => unknown;
  readonly press: (digit: string) => unknown;
  /** Nothing comes from the phone any more, not even silence; and again. */
  readonly mute: () => unknown;
  readonly unmute: () => unknown;
  readonly hangup: () => unknown;
}

/** Long enough for a command to have begun. */
const BEGUN_MS = 200;

let sandbox: Sandbox;
let callers: Callers;
let connection: AriConnection;
let real: World;

beforeAll(async () => {
  sandbox = await startSandbox();
  callers = await connectCallers(sandbox);
  let listener: (event: AriEvent) => void = () => {};
  connection = await connectDaemon(sandbox, (event) => listener(event));
  real = {
    ari: connection.port,
    onEvent: (next) => (listener = next),
    dial: async () => {
      const caller = await callers.call({ extension: '305' });
      return {
        id: caller.farId,
        say: (hz, seconds) => caller.say(hz, seconds),
        press: (digit) => caller.press(digit),
        mute: () => caller.mute(),
        unmute: () => caller.unmute(),
        hangup: () => caller.hangup(),
      };
    },
  };
});

afterAll(async () => {
  connection.close();
  await callers.close();
  await sandbox.stop();
});

function fake(): World {
  const asterisk = new FakeAsterisk();
  return {
    ari: asterisk,
    onEvent: (listener) => (asterisk.onEvent = listener),
    dial: () => {
      const channel = asterisk.dial('305');
      const say = (hz: number, seconds: number) => {
        channel.speak(hz, seconds);
        return sleep(seconds * 1000);
      };
      return Promise.resolve({
        id: channel.id,
        say,
        press: (digit) => channel.press(digit),
        mute: () => channel.mute(),
        unmute: () => channel.unmute(),
        hangup: () => channel.hangup(),
      });
    },
  };
}

const EVENT_LIMIT_MS = 5_000;

/** Plays one call and writes down what was answered and what was heard of it. */
class Protocol {
  readonly said: string[] = [];
  readonly #ari: AriPort;
  #waiting: { event: string; resolve: (channelId: string) => void } | undefined;

  constructor(world: World) {
    this.#ari = world.ari;
    world.onEvent((event) => {
      this.said.push(describe(event));
      if (this.#waiting?.event === event.type)
        this.#waiting.resolve('channel' in event ? event.channel.id : '');
    });
  }

  /** What an operation answers: "ok", or the status. */
  readonly ask = (operation: (ari: AriPort) => Promise<unknown>): Promise<string> =>
    operation(this.#ari).then(
      () => 'ok',
      (error: unknown) => (error instanceof AriError ? String(error.status) : String(error)),
    );

  /** Resolves when an operation is answered with 404: Asterisk tells of an end just before it forgets. */
  async untilGone(operation: (ari: AriPort) => Promise<unknown>): Promise<void> {
    await vi.waitFor(async () => expect(await this.ask(operation)).toBe('404'));
  }

  /** Resolves at the next event of this type after `action` has begun, with the channel's id if it has one. */
  async until(event: AriEvent['type'], action: () => unknown = () => {}): Promise<string> {
    const happened = new Promise<string>((resolve) => (this.#waiting = { event, resolve }));
    let limit: NodeJS.Timeout | undefined;
    const missed = new Promise<never>((_, reject) => {
      limit = setTimeout(
        () => reject(new Error(`no ${event} after: ${this.said.join(', ')}`)),
        EVENT_LIMIT_MS,
      );
    });
    await action();
    return Promise.race([happened, missed]).finally(() => clearTimeout(limit));
  }
}

function describe(event: AriEvent): string {
  if ('playback' in event) return `${event.type} ${event.playback.state}`;
  if ('recording' in event) return `${event.type} ${event.recording.state} ${event.recording.duration}`;
  return event.type === 'ChannelDtmfReceived' ? `${event.type} ${event.digit}` : event.type;
}

let recordings = 0;
const newName = () => `likeness/take-${++recordings}`;
const options = (name: string, maxDurationSeconds = 0) => ({
  name,
  format: 'wav',
  maxDurationSeconds,
});

type Scene = (world: World, protocol: Protocol) => Promise<unknown>;

const scenes: Record<string, Scene> = {
  'operations on what is not there': async (_world, { ask }) => [
    await ask((ari) => ari.answer('none')),
    await ask((ari) => ari.hangup('none')),
    await ask((ari) => ari.play('none', 'p', 'sound:beep')),
    await ask((ari) => ari.record('none', options(newName()))),
    await ask((ari) => ari.stopPlayback('none')),
    await ask((ari) => ari.stopRecording('none')),
    await ask((ari) => ari.cancelRecording('none')),
    await ask((ari) => ari.getStoredRecording('none')),
    await ask((ari) => ari.deleteStoredRecording('none')),
    await ask((ari) => ari.ring('none')),
    await ask((ari) => ari.pauseRecording('none')),
    await ask((ari) => ari.unmuteRecording('none')),
    await ask((ari) => ari.addToBridge('none', ['none'])),
    await ask((ari) => ari.getBridgeChannels('none')),
    await ask((ari) => ari.playOnBridge('none', 'p', 'sound:beep')),
    await ask((ari) => ari.recordBridge('none', options(newName()))),
    await ask((ari) => ari.destroyBridge('none')),
  ],
  'a phone that does not exist, and a caller who does not': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const leg = {
      channelId: 'likeness-vm-leg1',
      endpoint: 'PJSIP/nobody',
      app: 'vm-record',
      appArgs: 'leg',
      timeoutSeconds: 1,
    };
    const answers = [
      await protocol.ask((ari) => ari.originate({ ...leg, originator: id })),
      await protocol.ask((ari) => ari.originate({ ...leg, originator: 'none' })),
    ];
    await protocol.until('StasisEnd', hangup);
    return answers;
  },
  'a bridge that is recorded, paused and muted': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const bridge = `likeness-${newName().replace(/\D/g, '')}`;
    const name = newName();
    const answers = [
      await protocol.ask((ari) => ari.createBridge(bridge)),
      await protocol.ask((ari) => ari.createBridge(bridge)),
      await protocol.ask((ari) => ari.addToBridge(bridge, [id, 'none'])),
      (await world.ari.getBridgeChannels(bridge)).length,
      await protocol.ask((ari) => ari.addToBridge(bridge, [id])),
      (await world.ari.getBridgeChannels(bridge)).length,
    ];
    await protocol.until('PlaybackFinished', () =>
      world.ari.playOnBridge(bridge, `${bridge}-p`, 'sound:beep'),
    );
    await protocol.until('RecordingStarted', () => world.ari.recordBridge(bridge, options(name)));
    const { state } = await world.ari.getLiveRecording(name);
    for (const operation of [
      'pauseRecording',
      'muteRecording',
      'unpauseRecording',
      'unmuteRecording',
    ] as const) {
      answers.push(await protocol.ask((ari) => ari[operation](name)));
      answers.push(await protocol.ask((ari) => ari[operation](name)));
      answers.push((await world.ari.getLiveRecording(name)).state);
    }
    answers.push(state, await protocol.ask((ari) => ari.recordBridge(bridge, options(name))));
    await protocol.until('RecordingFinished', () => world.ari.stopRecording(name));
    answers.push(await protocol.ask((ari) => ari.stopRecording(name)));
    answers.push(await protocol.ask((ari) => ari.recordBridge(bridge, options(name))));
    await protocol.until('StasisEnd', hangup);
    answers.push((await world.ari.getBridgeChannels(bridge)).length);
    answers.push(await protocol.ask((ari) => ari.destroyBridge(bridge)));
    // Asterisk takes a moment for it.
    await sleep(BEGUN_MS);
    answers.push(await protocol.ask((ari) => ari.destroyBridge(bridge)));
    return answers;
  },
  'a channel that is to be recorded in a bridge': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const bridge = `likeness-${newName().replace(/\D/g, '')}`;
    await world.ari.createBridge(bridge);
    await world.ari.addToBridge(bridge, [id]);
    await protocol.until('RecordingFailed', () => world.ari.record(id, options(newName())));
    await world.ari.destroyBridge(bridge);
    await protocol.until('StasisEnd', hangup);
  },
  'a recording that is stopped': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    const record = await protocol.ask((ari) => ari.record(id, options(name)));
    await sleep(1200);
    await protocol.until('RecordingFinished', () => world.ari.stopRecording(name));
    // The real one says so a moment before it forgets the recording, and until then it would be a conflict.
    await vi.waitFor(() => expect(world.ari.getLiveRecording(name)).rejects.toMatchObject({ status: 404 }));
    const answers = [
      record,
      await protocol.ask((ari) => ari.stopRecording(name)),
      await protocol.ask((ari) => ari.cancelRecording(name)),
      await protocol.ask((ari) => ari.getStoredRecording(name)),
      await protocol.ask((ari) => ari.record(id, options(name))),
      await protocol.ask((ari) => ari.deleteStoredRecording(name)),
      await protocol.ask((ari) => ari.getStoredRecording(name)),
    ];
    await protocol.until('StasisEnd', hangup);
    return answers;
  },
  'a recording that is cancelled, and its name used again': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    await world.ari.record(id, options(name));
    const taken = await protocol.ask((ari) => ari.record(id, options(name)));
    await protocol.until('RecordingFinished', () => world.ari.cancelRecording(name));
    const stored = await protocol.ask((ari) => ari.getStoredRecording(name));
    const again = await protocol.ask((ari) => ari.record(id, options(name)));
    await sleep(BEGUN_MS);
    await protocol.until('StasisEnd', hangup);
    return [taken, stored, again, await protocol.ask((ari) => ari.getStoredRecording(name))];
  },
  'a recording that waits for its turn': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    await world.ari.play(id, `${id}-1`, 'sound:beep');
    await sleep(100);
    const answers = [
      await protocol.ask((ari) => ari.record(id, options(name))),
      await protocol.ask((ari) => ari.getLiveRecording(name)),
      await protocol.ask((ari) => ari.stopRecording(name)),
      await protocol.ask((ari) => ari.getLiveRecording(name)),
    ];
    await sleep(500);
    answers.push(await protocol.ask((ari) => ari.getLiveRecording(name)));
    await protocol.until('StasisEnd', hangup);
    return answers;
  },
  'a recording that is looked at, read and deleted while it is being made': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    await world.ari.record(id, options(name));
    await sleep(1200);
    const answers = [
      await protocol.ask((ari) => ari.getLiveRecording(name)),
      await protocol.ask((ari) => ari.getStoredRecording(name)),
      (await world.ari.listStoredRecordings()).some((recording) => recording.name === name),
      readHeader(await wholeFile(world.ari, name))?.seconds,
      await protocol.ask((ari) => ari.deleteStoredRecording(name)),
      await protocol.ask((ari) => ari.deleteStoredRecording(name)),
      await protocol.ask((ari) => ari.getLiveRecording(name)),
    ];
    await protocol.until('RecordingFinished', () => world.ari.stopRecording(name));
    answers.push(await protocol.ask((ari) => ari.getStoredRecording(name)));
    await protocol.until('StasisEnd', hangup);
    return answers;
  },
  'a channel as it is found by a daemon that comes later': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const variable = (name: string) =>
      world.ari.getChannelVar(id, name).catch((error: unknown) => error instanceof AriError && error.status);
    const before = await variable('B');
    await world.ari.setChannelVars(id, [
      ['A', 'a'],
      ['B', 'voicemail/305:x:'],
      ['C', ''],
    ]);
    const answers = [
      before,
      await Promise.all(['A', 'B', 'C'].map(variable)),
      (await world.ari.getApplicationChannels('vm-record')).includes(id),
      (await world.ari.getChannel(id)).dialplan,
      await protocol.ask((ari) => ari.getPlayback(`${id}-1`)),
    ];
    await world.ari.play(id, `${id}-1`, 'sound:beep');
    answers.push(await protocol.ask((ari) => ari.getPlayback(`${id}-1`)));
    await protocol.until('PlaybackFinished', () => world.ari.stopPlayback(`${id}-1`));
    await protocol.untilGone((ari) => ari.getPlayback(`${id}-1`));
    await protocol.until('StasisEnd', hangup);
    answers.push((await world.ari.getApplicationChannels('vm-record')).includes(id));
    return [
      ...answers,
      await protocol.ask((ari) => ari.getChannel(id).then(() => undefined)),
      await variable('A'),
    ];
  },
  'a recording that reaches its longest duration': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    await protocol.until('RecordingFinished', () => world.ari.record(id, options(newName(), 2)));
    // Asterisk's clock for this counts whole seconds, so there may be one more; and a timer of the fake may be
    // a millisecond early.
    const last = protocol.said.pop();
    expect(last).toMatch(/^RecordingFinished done [123]$/);
    await protocol.until('StasisEnd', hangup);
  },
  'a caller who speaks, pauses, and speaks again, and what was said before TALK_DETECT was set anew': async (
    world,
    protocol,
  ) => {
    const { id, say, hangup } = await answered(world, protocol);
    const set = ['TALK_DETECT(set)', '500,64'] as const;
    await world.ari.setChannelVars(id, [set, ['TALK_DETECT(remove)', ''], set]);
    await protocol.until('RecordingStarted', () => world.ari.record(id, options(newName())));
    await protocol.until('ChannelTalkingStarted', () => say(440, 0.6));
    await protocol.until('ChannelTalkingFinished');
    let talk: unknown;
    await protocol.until('ChannelTalkingStarted', () => void (talk = say(440, 2)));
    await protocol.until('ChannelTalkingStarted', () =>
      world.ari.setChannelVars(id, [set, ['TALK_DETECT(remove)', ''], set]),
    );
    await protocol.until('ChannelTalkingFinished');
    await talk;
    await protocol.until('StasisEnd', hangup);
  },
  'a recording that gets no audio for a while, and goes on in the same file': async (world, protocol) => {
    const { id, say, mute, unmute, hangup } = await answered(world, protocol);
    const name = newName();
    await protocol.until('RecordingStarted', () => world.ari.record(id, options(name)));
    await say(440, 1.2);
    await protocol.until('RecordingFinished', mute);
    await protocol.untilGone((ari) => ari.getLiveRecording(name));
    await protocol.until('RecordingStarted', () => world.ari.record(id, { ...options(name), append: true }));
    await unmute();
    await say(440, 1.2);
    await protocol.until('RecordingFinished', () => world.ari.stopRecording(name));
    await protocol.until('StasisEnd', hangup);
  },
  'a caller who hangs up while being recorded': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    await world.ari.record(id, options(name));
    await sleep(BEGUN_MS);
    await protocol.until('StasisEnd', hangup);
    return [
      await protocol.ask((ari) => ari.getStoredRecording(name)),
      await protocol.ask((ari) => ari.answer(id)),
      await protocol.ask((ari) => ari.hangup(id)),
    ];
  },
  'a playback to its end, one that is stopped, and one of a missing file': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    await protocol.until('PlaybackFinished', () => world.ari.play(id, `${id}-1`, 'sound:beep'));
    const ended = await protocol.ask((ari) => ari.stopPlayback(`${id}-1`));
    await protocol.until('PlaybackFinished', async () => {
      await world.ari.play(id, `${id}-2`, 'sound:beep');
      await world.ari.stopPlayback(`${id}-2`);
    });
    await protocol.until('PlaybackFinished', () => world.ari.play(id, `${id}-3`, 'sound:likeness/none'));
    // Of a stored recording that is not there, nothing is ever told, and the next playback is not held up.
    await protocol.until('PlaybackFinished', async () => {
      await world.ari.play(id, `${id}-4`, 'recording:likeness/none');
      await world.ari.play(id, `${id}-5`, 'sound:beep');
    });
    await protocol.until('StasisEnd', hangup);
    return ended;
  },
  'a caller who hangs up during a playback': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    await world.ari.play(id, `${id}-1`, 'sound:beep');
    await sleep(BEGUN_MS);
    await protocol.until('StasisEnd', hangup);
  },
  'a variable that is set while something is played or recorded: at once': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const value = () => world.ari.getChannelVar(id, 'LIKENESS').catch(() => 'none');
    const set = (to: string) => world.ari.setChannelVars(id, [['LIKENESS', to]]);
    const seen = [await value()];
    await set('idle');
    seen.push(await value());
    const name = newName();
    await protocol.until('RecordingStarted', () => world.ari.record(id, options(name)));
    await set('recorded, with (all) that "could" shift [another], \\ and more');
    seen.push(await value());
    await protocol.until('RecordingFinished', () => world.ari.stopRecording(name));
    await world.ari.play(id, `${id}-1`, 'sound:beep');
    await set('played');
    seen.push(await value());
    await protocol.until('StasisEnd', hangup);
    return [...seen, await protocol.ask(() => set('gone'))];
  },
  'a recording that waits behind a playback': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    await world.ari.play(id, `${id}-1`, 'sound:beep');
    const answers = [
      await protocol.ask((ari) => ari.record(id, options(name))),
      await protocol.ask((ari) => ari.getLiveRecording(name)),
      await protocol.ask((ari) => ari.record(id, options(name))),
      (await world.ari.listStoredRecordings()).filter((it) => it.name === name),
      await protocol.ask((ari) => ari.stopRecording(name)),
    ];
    await protocol.until('RecordingStarted', () => {});
    await protocol.until('StasisEnd', hangup);
    return [...answers, await protocol.ask((ari) => ari.getLiveRecording(name))];
  },
  'global variables': async (world) => {
    const variable = 'VM_KEPT_voicemail/305/INBOX/1795371105973-1795371105-12';
    const before = await world.ari.getGlobalVar(variable);
    await world.ari.setGlobalVar(variable, '1');
    return [before, await world.ari.getGlobalVar(variable)];
  },
  'what is read of a channel and its application': async (world, protocol) => {
    const { id, hangup } = await answered(world, protocol);
    const name = newName();
    await protocol.until('RecordingStarted', () => world.ari.record(id, options(name)));
    const { dialplan } = await world.ari.getChannel(id);
    const answers = [
      dialplan,
      (await world.ari.getApplicationChannels('vm-record')).filter((channel) => channel === id).length,
      (await world.ari.listStoredRecordings()).filter((it) => it.name === name).map(({ format }) => format),
      await protocol.ask((ari) => ari.getLiveRecording(name)),
      await protocol.ask((ari) => ari.getPlayback('none')),
    ];
    await protocol.until('StasisEnd', hangup);
    const gone = [
      await protocol.ask(async (ari) => void (await ari.getChannel(id))),
      await protocol.ask(async (ari) => void (await ari.getChannelVar(id, 'LIKENESS'))),
      await protocol.ask((ari) => ari.getLiveRecording(name)),
    ];
    return [...answers, ...gone];
  },
  'a key': async (world, protocol) => {
    const { press, hangup } = await answered(world, protocol);
    await protocol.until('ChannelDtmfReceived', () => press('#'));
    await protocol.until('StasisEnd', hangup);
  },
  'a caller who is hung up': async (world, protocol) => {
    const { id } = await answered(world, protocol);
    await protocol.until('StasisEnd', () => world.ari.hangup(id));
  },
};

async function answered(world: World, protocol: Protocol) {
  let dialled: ReturnType<World['dial']> | undefined;
  // A caller has dialled only when somebody has answered.
  const channel = await protocol.until('StasisStart', () => void (dialled = world.dial()));
  await world.ari.answer(channel);
  const caller = await dialled;
  if (!caller) throw new Error('nobody dialled');
  return caller;
}

async function play(scene: Scene, world: World) {
  const protocol = new Protocol(world);
  return { result: await scene(world, protocol), events: protocol.said };
}

test.for(Object.entries(scenes))('%s', async ([, scene]) => {
  expect(await play(scene, fake())).toEqual(await play(scene, real));
});
