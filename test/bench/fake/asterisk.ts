/**
 * As much of Asterisk as the daemon sees of it while callers leave messages: channels, what they play and record,
 * and what is stored. It answers and does everything at once, so that only the daemon's cost is seen.
 */
import { about, type Caller, FakeChannel, FROM, playback, recording, timestamp } from './channel.ts';

export interface Answer {
  readonly status: number;
  readonly body?: object | Buffer;
}

export const NO_CONTENT: Answer = { status: 204 };
const notFound = (what: string): Answer => ({ status: 404, body: { message: `${what} not found` } });
export const NO_CHANNEL = notFound('Channel');
export const NO_RECORDING = notFound('Recording');
export const NO_PLAYBACK = notFound('Playback');

/** Long enough for a message, however soon its caller has pressed a key. */
const SPAN = { duration: 3 };

export class FakeAsterisk {
  readonly channels = new Map<string, FakeChannel>();
  readonly live = new Map<string, FakeChannel>();
  readonly stored: Set<string>;
  /** Counts of new messages by the mailbox's name. */
  readonly lamps = new Map<string, number>();
  readonly startedAt = timestamp();
  readonly #emit: (event: Readonly<Record<string, unknown>>) => void;
  #count = 0;

  /**
   * @param stored names of the recordings that it has from the beginning
   * @param emit sends an event
   */
  constructor(stored: Iterable<string>, emit: (event: Readonly<Record<string, unknown>>) => void) {
    this.stored = new Set(stored);
    this.#emit = emit;
  }

  /** A caller dials `Stasis(vm-record,<mailbox>)`. */
  dial(mailbox: string, caller: Caller): FakeChannel {
    this.#count += 1;
    const id = `${Math.floor(Date.now() / 1000)}.${this.#count}`;
    const channel = new FakeChannel(id, mailbox, caller);
    this.channels.set(id, channel);
    this.#emit({ type: 'StasisStart', timestamp: timestamp(), args: [mailbox], ...about(channel, 'Ring') });
    return channel;
  }

  press(channel: FakeChannel, digit: string): void {
    const head = { type: 'ChannelDtmfReceived', timestamp: timestamp(), digit, duration_ms: 100 };
    this.#emit({ ...head, ...about(channel) });
  }

  play(channel: FakeChannel, id: string, media: string): Answer {
    channel.playback = { id, media };
    if (!media.startsWith('recording:')) setImmediate(() => this.#endPlayback(channel, id));
    else setImmediate(() => channel.caller.onReview?.());
    return { status: 201, body: playback(channel, id, media, 'queued') };
  }

  stopPlayback(id: string): Answer {
    const channel = this.channels.get(id.replace(/-vm-\d+$/, ''));
    if (channel?.playback?.id !== id) return NO_PLAYBACK;
    setImmediate(() => this.#endPlayback(channel, id));
    return NO_CONTENT;
  }

  record(channel: FakeChannel, name: string): Answer {
    if (this.live.has(name) || this.stored.has(name))
      return { status: 409, body: { message: 'Recording name already exists' } };
    channel.recording = name;
    this.live.set(name, channel);
    setImmediate(() => {
      this.#tellRecording('RecordingStarted', recording(channel, name, 'recording'));
      channel.caller.onRecording?.();
    });
    return { status: 201, body: recording(channel, name, 'queued') };
  }

  endRecording(name: string, keep: boolean): Answer {
    const channel = this.live.get(name);
    if (!channel) return NO_RECORDING;
    this.live.delete(name);
    channel.recording = undefined;
    if (keep) this.stored.add(name);
    setImmediate(() => {
      const end = { ...recording(channel, name, 'done'), ...SPAN };
      this.#tellRecording('RecordingFinished', end);
    });
    return NO_CONTENT;
  }

  hangup(channel: FakeChannel): Answer {
    this.channels.delete(channel.id);
    setImmediate(() => {
      const head = { cause: 32, soft: true, type: 'ChannelHangupRequest' };
      this.#emit({ ...head, timestamp: timestamp(), ...about(channel) });
      this.#emit({ type: 'StasisEnd', timestamp: timestamp(), ...about(channel) });
      channel.caller.onLeft?.();
    });
    return NO_CONTENT;
  }

  /** `EXPORT(<channel>,ARRAY(ONE,OTHER))`; whose TALK_DETECT is set has begun to speak. */
  setVariables(variable: string, value: string): void {
    const [, id = '', list = ''] = /^EXPORT\((.+),ARRAY\((.*)\)\)$/.exec(variable) ?? [];
    const channel = this.channels.get(id);
    if (!channel) return;
    const names = list.split(',');
    const values = value.split(/(?<!\\),/);
    names.forEach((name, i) => channel.variables.set(name, values[i] ?? ''));
    if (channel.recording && channel.variables.get('VMSTATUS') === 'SUCCESS') channel.caller.onPromise?.();
    if (!names.includes('TALK_DETECT(set)')) return;
    const event = { type: 'ChannelTalkingStarted', timestamp: timestamp(), ...about(channel) };
    setImmediate(() => this.#emit(event));
  }

  #endPlayback(channel: FakeChannel, id: string): void {
    if (channel.playback?.id !== id) return;
    const { media } = channel.playback;
    channel.playback = undefined;
    const it = playback(channel, id, media, 'done');
    this.#emit({ type: 'PlaybackFinished', timestamp: timestamp(), playback: it, ...FROM });
  }

  #tellRecording(type: string, it: object): void {
    this.#emit({ type, timestamp: timestamp(), recording: it, ...FROM });
  }
}
