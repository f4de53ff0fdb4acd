/**
 * The message of one call: its takes, and which of them counts. This is where "no spoken message is ever
 * lost" is decided: an earlier take is deleted only when a newer one is safely stored and long enough.
 *
 * A take is one recording, or several under one name when the caller pauses: each goes on where the one
 * before ended.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort, LiveRecordingInfo } from '../ari/ari-port.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { inMailbox, recordingName } from '../mailbox/names.ts';
import type { CallChannel } from './call-channel.ts';
import { endedEarly } from './ended-early.ts';
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

/** What to record, and how. */
export interface Take {
  readonly name: string;
  /** Goes on with what is stored under this name. */
  readonly append: boolean;
  /** What is stored of it already. */
  readonly secondsBefore: number;
}

/** Keeps count of what is a message, and what is none (src/mailbox/message-index.ts). */
export interface MessageCount {
  add(name: string): void;
  remove(name: string): void;
}

export interface VoiceMessageOptions {
  readonly ari: AriPort;
  readonly channel: CallChannel;
  readonly config: Config;
  /** The call's log, as of now. */
  readonly log: () => Logger;
  readonly mailbox: string;
  /** The message's id, from the channel (src/mailbox/names.ts). */
  readonly id: string;
  readonly index: MessageCount;
}

export class VoiceMessage {
  readonly #options: VoiceMessageOptions;
  readonly #ari: AriPort;
  readonly #copies = new Set<string>();
  #takes = 0;
  #live: LiveRecording | undefined;
  /** The part before a pause, while the next is being made. */
  #before: LiveRecording | undefined;
  #secondsBefore = 0;
  #stored: StoredTake | undefined;
  #thrownAway = false;
  #storageFailures = 0;

  constructor(options: VoiceMessageOptions) {
    this.#options = options;
    this.#ari = options.ari;
  }

  get #log(): Logger {
    return this.#options.log();
  }

  /** The take that is the message, as things stand. */
  get stored(): StoredTake | undefined {
    return this.#stored;
  }

  /** The name under which a take is being made, if one is. */
  get liveName(): string | undefined {
    return this.#live?.name;
  }

  /** Begins a take under a name never used before in this call, so that late events can't be mixed up. */
  newTake(): Take {
    const { mailbox, id, channel } = this.#options;
    this.#takes += 1;
    this.#before = undefined;
    this.#secondsBefore = 0;
    this.#live = new LiveRecording(channel, recordingName(mailbox, id, this.#takes));
    return { name: this.#live.name, append: false, secondsBefore: 0 };
  }

  /** Goes on with the take that was paused. */
  async continueTake(): Promise<Take> {
    const before = this.#live;
    if (!before) return this.newTake();
    this.#before = before;
    this.#secondsBefore = (await before.finished())?.duration ?? 0;
    this.#live = new LiveRecording(this.#options.channel, before.name);
    return { name: before.name, append: true, secondsBefore: this.#secondsBefore };
  }

  /** Asterisk refused to record: only what there was before a pause is left. */
  recordRefused(): void {
    this.#live = this.#before;
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
   * Whether a RecordingFinished is about the take in progress. After a pause it may be a late one of the
   * part before, which has the same name: then Asterisk is asked.
   */
  async hasEnded(name: string): Promise<boolean> {
    if (name !== this.#live?.name) return false;
    if (!this.#before) return true;
    try {
      await this.#ari.getLiveRecording(name);
    } catch {
      return true;
    }
    this.#live = new LiveRecording(this.#options.channel, name);
    return false;
  }

  /** Whether the take that has just ended by itself did so before any of its limits. */
  async endedEarly(): Promise<boolean> {
    const live = this.#live;
    const info = await live?.finished();
    if (live?.elapsedSeconds === undefined || info?.duration === undefined) return false;
    return endedEarly(
      live.elapsedSeconds,
      info.duration - this.#secondsBefore,
      this.#secondsBefore,
      this.#options.config,
    );
  }

  /** Asterisk could not store something. Answers how often this has happened in this call. */
  countStorageFailure(): number {
    return ++this.#storageFailures;
  }

  /** The call is over: what is stored is there to stay. */
  keep(): void {
    if (this.#stored) this.#options.index.add(this.#stored.name);
  }

  /** Stops the take in progress, and waits until it is finished. */
  async stop(): Promise<void> {
    await this.#live?.stop();
  }

  /** Throws the take in progress away. */
  async cancel(on: string): Promise<void> {
    if (!this.#live) return;
    this.#log.info({ recording: this.#live.name, on }, 'Canceling recording');
    await this.#live.cancel();
    await this.settle(on);
  }

  /** Throws away a take that has ended by itself. */
  async drop(): Promise<TakeResult | undefined> {
    this.#live?.drop();
    return this.settle('end of recording');
  }

  /** Throws everything away but the copies: nothing of this call's takes stays on disk. */
  async discard(on: string): Promise<void> {
    this.#thrownAway = true;
    const stored = this.#stored;
    this.#stored = undefined;
    if (stored) await this.#delete(stored.name);
    try {
      await this.cancel(on);
    } catch (error) {
      // It ends with the call at the latest, and is deleted then.
      this.#log.warn({ err: error, recording: this.liveName }, 'Could not cancel the recording');
    }
  }

  /**
   * Stops and settles whatever is in progress.
   * @returns false if it could not be stopped, and goes on until the channel is hung up
   */
  async close(on: string): Promise<boolean> {
    try {
      await this.stop();
    } catch (error) {
      this.#log.warn({ err: error, recording: this.liveName }, 'Could not stop the recording');
      return false;
    }
    await this.settle(on);
    return true;
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
        if (this.#stored && !(await this.#isReadable(live.name))) return 'missing';
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
        this.#log.error(line, 'Recording was not stored');
    }
    return result;
  }

  /**
   * Looks whether there is anything in the message that could not be played. A file without content, which a
   * full disk leaves, is no message.
   */
  async checkStored(): Promise<boolean> {
    if (!this.#stored || (await this.#isReadable(this.#stored.name))) return true;
    this.#stored = undefined;
    return false;
  }

  /**
   * Copies the message to another mailbox; once is enough, however often it is asked for.
   * @returns whether it is there now
   */
  async copyTo(mailbox: string): Promise<boolean> {
    if (!this.#stored) return false;
    const { name } = this.#stored;
    const copy = inMailbox(name, mailbox);
    if (this.#copies.has(copy)) return true;
    try {
      await this.#ari.copyStoredRecording(name, copy);
    } catch (error) {
      if (error instanceof AriError && error.status === 409) return true; // it is there already
      this.#log.error({ err: error, recording: name, copy }, 'Could not copy recording');
      // Half a copy may be there, or a whole one of which we were not told: the caller hears that there is none.
      await this.#delete(copy);
      return false;
    }
    this.#log.info({ recording: name, copy }, 'Copied recording');
    this.#copies.add(copy);
    this.#options.index.add(copy);
    return true;
  }

  async #judge(live: LiveRecording, seconds: number | undefined): Promise<TakeResult> {
    if (live.discarded || this.#thrownAway) return 'discarded';
    if (!(await this.#isStored(live.name))) return 'missing';
    return seconds !== undefined && seconds < this.#options.config.minSeconds ? 'too short' : 'stored';
  }

  async #replaceBy(take: StoredTake): Promise<void> {
    const earlier = this.#stored;
    this.#stored = take;
    if (earlier) await this.#delete(earlier.name);
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

  /** Deletes what is not readable: an empty file, or one of nothing but zeros. In doubt, it is. */
  async #isReadable(name: string): Promise<boolean> {
    try {
      const file = await retry(() => this.#ari.getStoredRecordingFile(name));
      if (file.some((byte) => byte !== 0)) return true;
      this.#log.error({ recording: name }, 'Recording has no content: is the disk full?');
    } catch (error) {
      if (!isGone(error)) {
        this.#log.error({ err: error, recording: name }, 'Could not read the stored recording');
        return true;
      }
    }
    await this.#delete(name);
    return false;
  }

  async #delete(name: string): Promise<void> {
    this.#options.index.remove(name);
    try {
      await retry(() => this.#ari.deleteStoredRecording(name));
      this.#log.info({ recording: name }, 'Discarding stored recording');
    } catch (error) {
      if (!isGone(error)) this.#log.error({ err: error, recording: name }, 'Could not delete recording');
    }
  }
}
