/**
 * The recordings of one conversation, each a file of its own: the one in progress, if there is one, and the latest
 * that was kept. Whatever ends a recording, it is kept, unless the owner throws it away.
 */
import { AriError } from '../ari/ari-error.ts';
import type { AriPort, LiveRecordingInfo } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import { conversationName, conversationNumber } from '../mailbox/names.ts';
import { LiveRecording } from './live-recording.ts';
import { emptinessOf } from './recorded-sound.ts';
import type { RecordingSource } from './recording-source.ts';
import { ONCE_MORE, retry, unlessGone } from './retry.ts';
import type { Standing } from './standing.ts';
import { StoredRecordings, type StoredRecordingsOptions } from './stored-recordings.ts';

/** The channel may have had conversations before, but hardly more recordings than this. */
const MOST_CONFLICTS = 20;

export interface ConversationRecordingsOptions extends StoredRecordingsOptions {
  readonly ari: AriPort;
  readonly source: RecordingSource;
  readonly mailbox: string;
  /** The id of the caller's messages (src/mailbox/names.ts). */
  readonly id: string;
  readonly log: () => Logger;
}

export class ConversationRecordings {
  readonly #options: ConversationRecordingsOptions;
  readonly #disk: StoredRecordings;
  #count = 0;
  #live: LiveRecording | undefined;
  #kept: string | undefined;
  #isPaused = false;
  #isMuted = false;
  /** Of which an end was told last. */
  #lastEnded: string | undefined;

  constructor(options: ConversationRecordingsOptions) {
    this.#options = options;
    this.#disk = new StoredRecordings(options);
  }

  /** The name of the recording that is being made, or is about to be. */
  get liveName(): string | undefined {
    return this.#live?.name;
  }

  /** The name of the latest recording that was kept. */
  get keptName(): string | undefined {
    return this.#kept;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** The next recording has a name from now on; {@link begin} begins it. */
  next(): void {
    this.#count += 1;
    const { mailbox, id, source } = this.#options;
    this.#live = new LiveRecording(source, conversationName(mailbox, id, this.#count));
  }

  /**
   * Begins the recording that is next. It has no limits: what was said between two people does not end in silence.
   * @returns whether it is being made, under a name that may be another one
   */
  async begin(): Promise<boolean> {
    for (let conflicts = 0; this.#live && conflicts < MOST_CONFLICTS; conflicts++) {
      const { name } = this.#live;
      const { source, format } = this.#options;
      try {
        await this.#live.begin(source.record({ name, format, maxDurationSeconds: 0 }));
        this.#options.log().info({ recording: name }, 'Recording the conversation');
        return true;
      } catch (error) {
        const status = error instanceof AriError ? error.status : undefined;
        if (status !== 409) return this.#couldNotBegin(name, error, status);
      }
      // The channel has had a conversation before, under this name.
      this.next();
    }
    this.#live = undefined;
    return false;
  }

  /** Where something went wrong in Asterisk, or on the way, perhaps it has begun for all that. */
  async #couldNotBegin(name: string, error: unknown, status = 500): Promise<boolean> {
    if (status >= 500 && (await this.#disk.mayBeLive(name))) return true;
    this.#options.log().error({ err: error, recording: name }, 'Could not record');
    this.#live?.channelLeft();
    // What there is, if anything, is kept.
    if (status >= 500 && (await this.#disk.look(name)) !== 'gone') this.#kept = name;
    this.#live = undefined;
    return false;
  }

  /**
   * Pauses it, or goes on.
   * @throws AriError if that was not possible
   */
  async togglePause(): Promise<void> {
    const { ari, log } = this.#options;
    const name = this.#live?.name ?? '';
    const isPaused = !this.#isPaused;
    await retry(() => (isPaused ? ari.pauseRecording(name) : ari.unpauseRecording(name)), ONCE_MORE);
    this.#isPaused = isPaused;
    log().info({ recording: name }, isPaused ? 'Pausing recording' : 'Unpausing recording');
  }

  /**
   * Silence is written in place of what is said, or what is said again.
   * @throws AriError if that was not possible
   */
  async toggleMute(): Promise<void> {
    const { ari, log } = this.#options;
    const name = this.#live?.name ?? '';
    const isMuted = !this.#isMuted;
    await retry(() => (isMuted ? ari.muteRecording(name) : ari.unmuteRecording(name)), ONCE_MORE);
    this.#isMuted = isMuted;
    log().info({ recording: name }, isMuted ? 'Muting recording' : 'Unmuting recording');
  }

  /**
   * Stops the recording, if there is one, and keeps it. Never rejects.
   * @param on what ended it, for the log
   * @returns false if it goes on, or there is nothing of it
   */
  async stop(on: string): Promise<boolean> {
    try {
      await this.#live?.stop();
    } catch (error) {
      this.#options.log().warn({ err: error, recording: this.liveName }, 'Could not stop the recording');
      return false;
    }
    return this.settle(on);
  }

  /** Stops the recording, if there is one, and throws it away. Never rejects. */
  async discard(on: string): Promise<void> {
    const { log } = this.#options;
    if (!this.#live) return;
    log().info({ recording: this.liveName, on }, 'Canceling recording');
    try {
      await this.#live.cancel();
    } catch (error) {
      log().warn({ err: error, recording: this.liveName }, 'Could not cancel the recording');
      return;
    }
    await this.settle(on);
  }

  /**
   * Waits for the end of the recording, and keeps it. Never rejects.
   * @returns false if there is nothing of it
   */
  async settle(on: string): Promise<boolean> {
    const live = this.#live;
    if (!live) return true;
    const { log } = this.#options;
    const info = await live.finished();
    const line = { recording: live.name, on, seconds: info?.duration };
    const isThere = live.discarded || (await this.#isThere(live.name, info));
    this.#live = undefined;
    this.#isPaused = false;
    this.#isMuted = false;
    if (live.discarded) {
      this.#disk.delete(live.name);
    } else if (isThere) {
      this.#kept = live.name;
      log().info(line, 'Accepted recording');
    } else {
      log().error(line, 'Recording was not stored: is the disk full?');
    }
    return isThere;
  }

  /** In doubt, it is. */
  async #isThere(name: string, info: LiveRecordingInfo | undefined): Promise<boolean> {
    const found = await this.#disk.look(name);
    if (found === 'gone') return false;
    // Only of what lasted less than a second it is read whether there is anything in it.
    if (found === 'unknown' || info?.duration !== 0) return true;
    const sound = await this.#disk.read(name);
    if (typeof sound !== 'object' || !emptinessOf(sound, 0)) return sound !== 'gone';
    this.#disk.delete(name);
    return false;
  }

  /** Whether this RecordingFinished is the end of the recording in progress. */
  isLive({ name }: LiveRecordingInfo): boolean {
    return name === this.#live?.name;
  }

  /** Hands on RecordingStarted, whatever the call is busy with. */
  recordingStarted(info: LiveRecordingInfo): void {
    if (info.name === this.#live?.name) this.#live.started();
  }

  /** Hands on RecordingFinished and RecordingFailed, whatever the call is busy with. */
  recordingFinished(info: LiveRecordingInfo): void {
    this.#lastEnded = info.name;
    if (info.name === this.#live?.name) this.#live.finish(info);
  }

  /** The end of the recording, if it has ended without our being told: while the connection was lost. */
  async endedUnheard(): Promise<LiveRecordingInfo | undefined> {
    const live = this.#live;
    if (!live || live.hasEnded || (await this.#disk.mayBeLive(live.name))) return undefined;
    const info = { name: live.name, target_uri: '', state: 'done' };
    live.finish(info);
    return info;
  }

  /**
   * Finds what an earlier daemon has recorded, or is recording.
   * @throws AriError if Asterisk does not say; then it is to be called again
   */
  async find({ state, stored, take }: Standing): Promise<void> {
    const { mailbox, id, source } = this.#options;
    this.#count = Math.max(...[stored, take].map((name) => conversationNumber(name ?? '', mailbox, id)));
    this.#kept = stored;
    if (take === undefined) return;
    const live = await unlessGone(() => source.getLiveRecording(take), ONCE_MORE);
    if (!live || this.#lastEnded === take) {
      // It has ended, or never begun, or the owner has thrown it away.
      if ((await this.#disk.look(take)) !== 'gone') this.#kept = take;
      return;
    }
    this.#live = new LiveRecording(source, take);
    this.#live.takeUp();
    this.#isPaused = live.state === 'paused';
    this.#isMuted = state === 'muted';
  }

  /** Resolves when all that was thrown away is deleted, or cannot be. */
  async deleted(): Promise<void> {
    await this.#disk.deleted();
  }
}
