/**
 * The message of one call: its takes, and which of them counts. This is where "no spoken message is ever
 * lost" is decided: an earlier take is deleted only when a newer one is safely stored and long enough.
 */
import { isGone } from '../ari/ari-error.ts';
import type { AriPort, LiveRecordingInfo } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import { recordingName } from '../mailbox/names.ts';
import type { CallChannel } from './call-channel.ts';
import { LiveRecording } from './live-recording.ts';
import { retry } from './retry.ts';

/** A take that is stored. */
export interface StoredTake {
  /** The stored recording's name. */
  readonly name: string;
  /** Its length in whole seconds as Asterisk counts it, if Asterisk told. */
  readonly seconds: number | undefined;
}

/** What became of the latest take. */
export type TakeResult = 'stored' | 'too short' | 'missing' | 'discarded';

export interface VoiceMessageOptions {
  readonly ari: AriPort;
  readonly channel: CallChannel;
  readonly log: Logger;
  readonly mailbox: string;
  /** The message's id, from the channel (src/mailbox/names.ts). */
  readonly id: string;
  /** A shorter take is no message. */
  readonly minSeconds: number;
}

export class VoiceMessage {
  readonly #ari: AriPort;
  readonly #channel: CallChannel;
  readonly #log: Logger;
  readonly #mailbox: string;
  readonly #id: string;
  readonly #minSeconds: number;
  #takes = 0;
  #live: LiveRecording | undefined;
  #stored: StoredTake | undefined;

  constructor({ ari, channel, log, mailbox, id, minSeconds }: VoiceMessageOptions) {
    this.#ari = ari;
    this.#channel = channel;
    this.#log = log;
    this.#mailbox = mailbox;
    this.#id = id;
    this.#minSeconds = minSeconds;
  }

  /** The take that is the message, as things stand. */
  get stored(): StoredTake | undefined {
    return this.#stored;
  }

  /** Begins a take under a name never used before in this call, so that late events can't be mixed up. */
  newTake(): LiveRecording {
    this.#takes += 1;
    this.#live = new LiveRecording(this.#channel, recordingName(this.#mailbox, this.#id, this.#takes));
    return this.#live;
  }

  /** Hands on RecordingFinished and RecordingFailed, whatever the call is busy with. */
  recordingFinished(info: LiveRecordingInfo): void {
    if (info.name === this.#live?.name) this.#live.finish(info);
  }

  /** The channel has left Stasis. */
  channelLeft(): void {
    this.#live?.channelLeft();
  }

  /**
   * Waits for the end of the take in progress and decides what becomes of it and of the one before. Can be
   * asked any number of times; never rejects.
   * @param on what ended the take, for the log
   * @returns what became of the take, or nothing if there was none in progress
   */
  async settle(on: string): Promise<TakeResult | undefined> {
    const live = this.#live;
    if (!live) return undefined;
    const seconds = (await live.finished())?.duration;
    const result = await this.#judge(live, seconds);
    this.#live = undefined;
    const line = { recording: live.name, on, seconds };
    switch (result) {
      case 'stored':
        this.#log.info(line, 'Accepted recording');
        await this.#replaceBy({ name: live.name, seconds });
        break;
      case 'too short':
        this.#log.info(line, 'Recording too short');
        await this.#delete(live.name);
        break;
      case 'discarded':
        await this.#delete(live.name);
        break;
      case 'missing':
        this.#log.warn(line, 'Recording was not stored');
    }
    return result;
  }

  async #replaceBy(take: StoredTake): Promise<void> {
    const earlier = this.#stored;
    this.#stored = take;
    if (earlier) await this.#delete(earlier.name);
  }

  async #judge(live: LiveRecording, seconds: number | undefined): Promise<TakeResult> {
    if (live.discarded) return 'discarded';
    if (!(await this.#isStored(live.name))) return 'missing';
    return seconds !== undefined && seconds < this.#minSeconds ? 'too short' : 'stored';
  }

  /** In doubt, a recording counts as stored: a message too many is better than one too few. */
  async #isStored(name: string): Promise<boolean> {
    try {
      await retry(() => this.#ari.getStoredRecording(name));
    } catch (error) {
      if (isGone(error)) return false;
      this.#log.error({ err: error, recording: name }, 'Could not look for the stored recording');
    }
    return true;
  }

  async #delete(name: string): Promise<void> {
    try {
      await retry(() => this.#ari.deleteStoredRecording(name));
      this.#log.info({ recording: name }, 'Discarding stored recording');
    } catch (error) {
      if (!isGone(error)) this.#log.error({ err: error, recording: name }, 'Could not delete recording');
    }
  }
}
