/**
 * An Asterisk in memory, behind AriPort: channels that execute one command after the other, playbacks,
 * live and stored recordings whose content is a list of tones, and the events in the order in which the real
 * one sends them. Runs on timers, so fake timers make it instantaneous.
 *
 * It answers as Asterisk 22 does (test/real/likeness.test.ts holds the two side by side). `faults`
 * makes any operation fail on demand.
 */
import { encodeWav, FULL_SCALE, TONE_DB } from '../../asterisk/sandbox/wav.ts';
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriEvent, AriPort, Assignment, DialledLeg, RecordOptions } from '../../src/ari/ari-port.ts';
import { BEEP, PAUSE_CUE, PROMPTS, RESUME_CUE } from '../../src/call/sounds.ts';
import { readInPieces } from './file-pieces.ts';
import { FakeBridge } from './fake-bridge.ts';
import { FakeChannel } from './fake-channel.ts';
import { FakeLeg } from './fake-leg.ts';
import { lengthOf } from './hearing.ts';
import type { Sound } from './stage.ts';

/** What an operation meets: an HTTP error or no answer, with or without having been carried out, or a late answer. */
export type Fault = { status: number; done?: true } | { never: 'done' | 'undone' } | { lateMs: number };

/** One of each kind, but for what only comes late. */
export const FAULTS: readonly Fault[] = [
  { status: 404 },
  { status: 500 },
  { status: 500, done: true },
  { never: 'done' },
  { never: 'undone' },
];

/** The Stasis application in which all channels are. */
export const APP = 'vm-record';

/** As long as a round trip on one machine. */
const ANSWER_MS = 1;
const SAMPLE_RATE = 8_000;
/** The real adapter's time limit (src/ari/http.ts). */
const ANSWER_LIMIT_MS = 5_000;

const quiet = (seconds: number): Sound => ({ hz: undefined, seconds, levelDb: -Infinity });

/** A WAV file that is as long as the sounds, and as loud. */
function fileOf(sounds: readonly Sound[]): Buffer {
  const samples = new Int16Array(Math.round(lengthOf(sounds) * SAMPLE_RATE));
  let at = 0;
  for (const { seconds, levelDb } of sounds) {
    const end = at + seconds * SAMPLE_RATE;
    samples.fill(Math.round(FULL_SCALE * 10 ** (levelDb / 20)), Math.round(at), Math.round(end));
    at = end;
  }
  return encodeWav(samples, SAMPLE_RATE);
}

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What channels and bridges have in common. Of a channel's recordings nobody pauses any. */
interface PlaysAndRecords {
  stopPlayback(id: string): boolean;
  hasPlayback(id: string): boolean;
  stopRecording(name: string, keep: boolean): boolean;
  set?(name: string, what: 'isPaused' | 'isMuted', value: boolean): boolean;
}

export class FakeAsterisk implements AriPort {
  readonly channels = new Map<string, FakeChannel>();
  readonly bridges = new Map<string, FakeBridge>();
  /** The endpoints that there are. */
  readonly phones = new Set<string>();
  /** All legs that ever rang, in order. */
  readonly legs: FakeLeg[] = [];
  /** Whether no daemon is connected. */
  isAlone = false;
  readonly stored = new Map<string, readonly Sound[]>();
  /** What somebody has deleted. */
  readonly removed = new Set<string>();
  /** Of these, a full disk has left a file without content. */
  readonly unreadable = new Set<string>();
  /** The sounds that this Asterisk has. A prompt is a second long. */
  readonly sounds = new Map<string, readonly Sound[]>([
    [BEEP, [{ hz: 1000, seconds: 0.3, levelDb: TONE_DB }]],
    ...[PAUSE_CUE, RESUME_CUE].map((cue) => [cue, [quiet(0.2)]] as const),
    ...Object.values(PROMPTS).flatMap((prompt) => prompt.map((sound) => [sound, [quiet(1)]] as const)),
  ]);
  /** The lamps: counts of new messages, by the mailbox's name as `305@default`. */
  readonly lamps = new Map<string, number>();
  /** The way of message waiting that this Asterisk has; a stock one has minivm. */
  mwi: 'mailboxes' | 'minivm' | 'none' = 'minivm';
  /** Its modules, but for those of message waiting. */
  readonly modules = new Set(['chan_bridge_media.so', 'func_export.so', 'func_talkdetect.so']);
  /** The formats in which it can record. */
  readonly formats = new Set(['wav', 'gsm', 'ulaw', 'alaw', 'sln']);
  /** The beginnings of the names under which it can't: a folder that is missing, or leads elsewhere. `''` = all. */
  readonly noFolders = new Set<string>();
  /** Operations so far, by name, in order. */
  readonly operations: (keyof AriPort)[] = [];
  /** Decides what the n-th operation (from 0) meets. */
  faults: (operation: keyof AriPort, n: number) => Fault | undefined = () => undefined;
  onEvent: (event: AriEvent) => void = () => {};
  /** Decides when an event reaches the daemon, in ms from now: once, more often, or never. */
  deliveries: (event: AriEvent) => readonly number[] = () => [ANSWER_MS];
  hearsTalk = true;
  /** Whether any recording held a second of speech when it was closed and kept. */
  keptSpeech = false;
  readonly #globals = new Map<string, string>();
  readonly #unheard = new Set<string>();
  #channelCount = 0;

  /** A caller dials `Stasis(vm-record,<args>)`: the mailbox, and perhaps options. */
  dial(args: string): FakeChannel {
    const channel = new FakeChannel(this, this.newId(), `${APP},${args}`);
    this.channels.set(channel.id, channel);
    this.emit({ type: 'StasisStart', channel: channel.info, args: args.split(',') });
    return channel;
  }

  /** A caller of whose channel Asterisk tells nothing, because it holds what is not UTF-8. */
  dialUnheard(args: string): FakeChannel {
    this.#unheard.add(`1700000000.${this.#channelCount + 1}`);
    return this.dial(args);
  }

  /** It has another id from now on, as after a masquerade. */
  rename(channel: FakeChannel): void {
    this.channels.delete(channel.id);
    channel.id = this.newId();
    this.channels.set(channel.id, channel);
  }

  newId(): string {
    this.#channelCount += 1;
    return `1700000000.${this.#channelCount}`;
  }

  /** A channel that went on in the dialplan enters Stasis once more. */
  comeAgain(channel: FakeChannel, args: string): void {
    channel.enter();
    this.channels.set(channel.id, channel);
    this.emit({ type: 'StasisStart', channel: channel.info, args: args.split(',') });
  }

  /** A recording is closed and kept. */
  store(name: string, sounds: readonly Sound[]): void {
    this.stored.set(name, sounds);
    if (sounds.some(({ hz, seconds }) => hz !== undefined && seconds >= 1)) this.keptSpeech = true;
  }

  /** Somebody deletes all that is in a mailbox, also what is just being recorded: Asterisk does not notice. */
  empty(mailbox: string): void {
    const isIn = (name: string) => name.startsWith(`voicemail/${mailbox}/`);
    for (const name of [...this.stored.keys(), ...this.#recordingFiles()].filter(isIn)) {
      this.removed.add(name);
      this.stored.delete(name);
      for (const channel of this.channels.values()) channel.deleteLive(name);
    }
  }

  /** Sends an event, a moment later. */
  emit(event: AriEvent): void {
    if ('channel' in event && this.#unheard.has(event.channel.id)) return;
    for (const ms of this.deliveries(event)) setTimeout(() => this.onEvent(event), ms);
  }

  get liveRecordings(): string[] {
    return [...this.channels.values(), ...this.bridges.values()].flatMap(({ recordings }) => recordings);
  }

  answer = (id: string) => this.#operate('answer', () => void (this.#channel(id).isAnswered = true));
  ring = (id: string) => this.#operate('ring', () => void (this.#channel(id).rings += 1));
  hangup = (id: string) => this.#operate('hangup', () => this.#channel(id).hangup());
  play = (id: string, playbackId: string, media: string) =>
    this.#operate('play', () => this.#channel(id).play(playbackId, media));
  record = (id: string, options: RecordOptions) =>
    this.#operate('record', () => {
      this.#needRecordable(options);
      const taken =
        (!options.append && this.stored.has(options.name)) || this.liveRecordings.includes(options.name);
      if (taken) throw new AriError('Recording name already exists', 409);
      this.#channel(id).record(options);
    });
  stopPlayback = (playbackId: string) =>
    this.#operate('stopPlayback', () => this.#find((channel) => channel.stopPlayback(playbackId)));
  stopRecording = (name: string) =>
    this.#operate('stopRecording', () => this.#find((channel) => channel.stopRecording(name, true)));
  cancelRecording = (name: string) =>
    this.#operate('cancelRecording', () => this.#find((channel) => channel.stopRecording(name, false)));
  getStoredRecording = (name: string) =>
    this.#operate('getStoredRecording', () => {
      if (!this.stored.has(name) && !this.liveRecordings.includes(name))
        throw new AriError('Recording not found', 404);
    });
  getStoredRecordingFile: AriPort['getStoredRecordingFile'] = (name, read) =>
    this.#operate('getStoredRecordingFile', () => {
      // Of one that is being made, what was said in the last two seconds or so is not written yet.
      const sounds = this.liveRecordings.includes(name) ? [] : this.stored.get(name);
      if (!sounds) throw new AriError('Recording not found', 404);
      readInPieces(this.unreadable.has(name) ? Buffer.alloc(4) : fileOf(sounds), read);
    });
  deleteStoredRecording = (name: string) =>
    this.#operate('deleteStoredRecording', () => {
      const wasLive = [...this.channels.values()].map((channel) => channel.deleteLive(name)).includes(true);
      if (!this.stored.delete(name) && !wasLive) throw new AriError('Recording not found', 404);
    });

  copyStoredRecording = (name: string, destination: string) =>
    this.#operate('copyStoredRecording', () => {
      const sounds = this.stored.get(name);
      if (!sounds) throw new AriError('Recording not found', 404);
      if (this.stored.has(destination)) throw new AriError('Recording already exists', 409);
      this.stored.set(destination, sounds);
    });
  listStoredRecordings = () =>
    this.#operate('listStoredRecordings', () =>
      [...new Set([...this.stored.keys(), ...this.#recordingFiles()])].map((name) => ({
        name,
        format: 'wav',
      })),
    );
  getLiveRecording = (name: string) =>
    this.#operate('getLiveRecording', () => {
      const bridge = [...this.bridges.values()].find(({ recordings }) => recordings.includes(name));
      if (bridge) return { name, target_uri: `bridge:${bridge.id}`, state: bridge.stateOf(name) ?? '' };
      const channel = [...this.channels.values()].find((each) => each.hasRecording(name));
      if (!channel) throw new AriError('Recording not found', 404);
      return { name, target_uri: `channel:${channel.id}`, state: 'recording' };
    });
  pauseRecording = (name: string) =>
    this.#operate('pauseRecording', () => this.#find((it) => it.set?.(name, 'isPaused', true)));
  unpauseRecording = (name: string) =>
    this.#operate('unpauseRecording', () => this.#find((it) => it.set?.(name, 'isPaused', false)));
  muteRecording = (name: string) =>
    this.#operate('muteRecording', () => this.#find((it) => it.set?.(name, 'isMuted', true)));
  unmuteRecording = (name: string) =>
    this.#operate('unmuteRecording', () => this.#find((it) => it.set?.(name, 'isMuted', false)));

  originate = (leg: DialledLeg) =>
    this.#operate('originate', () => {
      if (!this.channels.has(leg.originator))
        throw new AriError('Provided originator channel was not found', 400);
      if (!this.phones.has(leg.endpoint)) throw new AriError('Allocation failed', 500);
      const taken = [...this.channels.keys()].some((id) => id.startsWith(leg.channelId));
      if (taken) throw new AriError('Channel with given unique ID already exists', 409);
      const channel = new FakeLeg(this, leg);
      this.channels.set(channel.id, channel);
      this.legs.push(channel);
    });
  createBridge = (id: string) =>
    this.#operate('createBridge', () => {
      if (this.bridges.has(id)) throw new AriError(`Bridge with id '${id}' already exists`, 409);
      this.bridges.set(id, new FakeBridge(this, id));
    });
  addToBridge = (id: string, channelIds: readonly string[]) =>
    this.#operate('addToBridge', () => {
      const bridge = this.#bridge(id);
      const channels = channelIds.map((channelId) => this.channels.get(channelId));
      if (channels.includes(undefined)) throw new AriError('Channel not found', 400);
      if (channels.some((channel) => channel?.dialplan.app_name !== 'Stasis'))
        throw new AriError('Channel not in Stasis application', 422);
      for (const channel of channels) if (channel) bridge.add(channel);
    });
  getBridgeChannels = (id: string) =>
    this.#operate('getBridgeChannels', () => [...this.#bridge(id).channels].map((channel) => channel.id));
  destroyBridge = (id: string) =>
    this.#operate('destroyBridge', () => {
      this.#bridge(id).destroy();
      this.bridges.delete(id);
    });
  playOnBridge = (id: string, playbackId: string, media: string) =>
    this.#operate('playOnBridge', () => this.#bridge(id).play(playbackId, media));
  recordBridge = (id: string, options: RecordOptions) =>
    this.#operate('recordBridge', () => {
      const bridge = this.#bridge(id);
      this.#needRecordable(options);
      if (this.stored.has(options.name) || this.liveRecordings.includes(options.name))
        throw new AriError(`Recording '${options.name}' already exists`, 409);
      bridge.record(options);
    });
  getApplicationBridges = () => this.#operate('getApplicationBridges', () => [...this.bridges.keys()]);
  /** By EXPORT, of which Asterisk says nothing where there is no such channel. */
  setChannelVars = (id: string, variables: readonly Assignment[]) =>
    this.#operate('setChannelVars', () => this.channels.get(id)?.setVariables(variables));
  getChannelVar = (id: string, variable: string) =>
    this.#operate('getChannelVar', () => {
      const value = this.#channel(id).variables.get(variable);
      if (value === undefined) throw new AriError('Provided variable was not found', 404);
      return value;
    });
  getChannel: AriPort['getChannel'] = (id) =>
    this.#operate('getChannel', () => {
      const { info, dialplan } = this.#channel(id);
      return { ...info, dialplan };
    });
  getApplicationChannels = () => this.#operate('getApplicationChannels', () => [...this.channels.keys()]);
  getPlayback = (playbackId: string) =>
    this.#operate('getPlayback', () => this.#find((channel) => channel.hasPlayback(playbackId)));
  continueInDialplan = (id: string) => this.#operate('continueInDialplan', () => this.#channel(id).leave());

  listMailboxes = () =>
    this.#operate('listMailboxes', () => {
      this.#needMwi('mailboxes');
      return [...this.lamps.keys()];
    });
  updateMailbox = (name: string, newMessages: number) =>
    this.#operate('updateMailbox', () => {
      this.#needMwi('mailboxes');
      this.lamps.set(name, newMessages);
    });
  getGlobalVar = (variable: string) => this.#operate('getGlobalVar', () => this.#globals.get(variable) ?? '');
  setGlobalVar = (variable: string, value: string) =>
    this.#operate('setGlobalVar', () => void this.#globals.set(variable, value));
  getStartupTime = () => this.#operate('getStartupTime', () => 0);
  getModuleStatus = (module: string) =>
    this.#operate('getModuleStatus', () => {
      if (module === 'app_minivm.so') this.#needMwi('minivm');
      else if (!this.modules.has(module)) throw new AriError('Module could not be found', 404);
      return 'Running';
    });
  callDialplan: AriPort['callDialplan'] = (_extension, _context, variables) =>
    this.#operate('callDialplan', () => {
      this.#needMwi('minivm');
      for (let n = 1, lamp; (lamp = variables[`VM_LAMP_${n}`]); n++) {
        const [mailbox = '', , newMessages] = lamp.split(',');
        this.lamps.set(mailbox, Number(newMessages));
      }
    });

  /** A recording has a file from its beginning on. */
  #recordingFiles(): string[] {
    const ofBridges = [...this.bridges.values()].flatMap(({ recordings }) => recordings);
    return [...this.channels.values()].flatMap(({ liveRecording }) => liveRecording ?? []).concat(ofBridges);
  }

  async #operate<T>(operation: keyof AriPort, action: () => T | Promise<T>): Promise<T> {
    const fault = this.faults(operation, this.operations.length);
    this.operations.push(operation);
    await later(ANSWER_MS);
    if (!fault) return action();
    const isDone = 'done' in fault || ('never' in fault && fault.never === 'done');
    if (isDone) void Promise.resolve(action()).catch(() => {});
    if ('status' in fault) throw new AriError(`injected: ${fault.status}`, fault.status);
    if ('lateMs' in fault) return later(fault.lateMs).then(action);
    await later(ANSWER_LIMIT_MS);
    throw new AriError('injected: no answer');
  }

  #needRecordable({ name, format }: RecordOptions): void {
    if (!this.formats.has(format)) throw new AriError('specified format is unknown on this system', 422);
    if ([...this.noFolders].some((folder) => name.startsWith(folder)))
      throw new AriError('Internal Server Error', 500);
  }

  #needMwi(mwi: 'mailboxes' | 'minivm'): void {
    if (this.mwi !== mwi) throw new AriError('Resource not found', 404);
  }

  #channel(id: string): FakeChannel {
    const channel = this.channels.get(id);
    if (!channel) throw new AriError('Channel not found', 404);
    return channel;
  }

  #bridge(id: string): FakeBridge {
    const bridge = this.bridges.get(id);
    if (!bridge) throw new AriError('Bridge not found', 404);
    return bridge;
  }

  /** Playbacks and recordings are known without saying where they are. */
  #find(operate: (it: PlaysAndRecords) => boolean | undefined): void {
    if (![...this.channels.values(), ...this.bridges.values()].some(operate))
      throw new AriError('not found', 404);
  }
}
