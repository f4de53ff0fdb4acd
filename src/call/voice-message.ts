/**
 * The message of one call: its takes, and which of them counts. This is where "no spoken message is ever
 * lost" is decided: an earlier take is deleted only when a newer one is safely stored and long enough.
 *
 * A take is one recording, or several under one name when the caller pauses: each goes on where the one
 * before ended.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { LiveRecordingInfo } from '../ari/ari-port.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { copyName } from '../mailbox/names.ts';
import type { CallChannel } from './call-channel.ts';
import { EarlierTakes, type OpenTake } from './earlier-takes.ts';
import { LiveRecording } from './live-recording.ts';
import { MailboxRoom, type MailboxRoomOptions } from './mailbox-room.ts';
import { type Emptiness, emptinessOf, type RecordedSound } from './recorded-sound.ts';
import { selfEnd, type SelfEnd } from './self-ended.ts';
import type { Standing } from './standing.ts';
import { TakeNames } from './take-names.ts';
import { StoredRecordings, type StoredRecordingsOptions } from './stored-recordings.ts';

/** Taken for the length of a take of which Asterisk never told that it ended. */
const UNKNOWN_SECONDS = 600;

/** A phone sends audio all the time, or does so within this. */
const AUDIO_WITHIN_SECONDS = 1;

/** A take that is stored. */
export interface StoredTake {
  /** The stored recording's name. */
  readonly name: string;
  /** How long it took to record, by the clock: it is no longer than this. */
  readonly elapsedSeconds: number;
}

/**
 * What became of the latest take. In doubt nothing is deleted: `unsure` whether it is there at all, or
 * `doubtful`, because it is there, but may be half of what was said.
 */
export type TakeResult = 'stored' | 'doubtful' | 'unsure' | 'too short' | 'silent' | 'missing' | 'discarded';

/** What to record, and how. */
export interface Take {
  readonly name: string;
  /** Goes on with what is stored under this name. */
  readonly append: boolean;
  /** 0 = no limit */
  readonly limitSeconds: number;
  /** How long the parts before lasted. */
  readonly secondsBefore: number;
}

export interface VoiceMessageOptions extends StoredRecordingsOptions, Pick<MailboxRoomOptions, 'reserved'> {
  readonly channel: CallChannel;
  readonly config: Config;
  readonly mailbox: string;
  /** The message's id, from the channel (src/mailbox/names.ts). */
  readonly id: string;
}

/** Whether Asterisk has tried what it was asked for, perhaps with success. */
function isFault(error: unknown): boolean {
  return error instanceof AriError && error.status !== undefined && error.status >= 500;
}

export class VoiceMessage {
  /** In the mailbox, and in those that copies go to. */
  readonly room: MailboxRoom;
  readonly #options: VoiceMessageOptions;
  readonly #disk: StoredRecordings;
  readonly #copies = new Set<string>();
  readonly #names: TakeNames;
  readonly #earlier: EarlierTakes;
  #live: LiveRecording | undefined;
  /** The part before a pause, while the next is being made. */
  #before: LiveRecording | undefined;
  #elapsedBefore = 0;
  /** How long the part that is being made may last. */
  #limitSeconds = 0;
  /** The dialplan has been told that the take is a message: from then on it is one, however short. */
  #isPromised = false;
  /** Why the take ended, if nobody asked for it. */
  #selfEnd: SelfEnd | undefined;
  /** The last end of a recording that was told. */
  #lastEnd: LiveRecordingInfo | undefined;
  #hasLeft = false;
  /** Takes that stay beside the message, because nobody can say which is the better. */
  #alsoKept: string[] = [];
  /** Resolves when the next daemon would know of them. */
  #noted: Promise<void> | undefined;
  /** The take that was looked for last, and is there. */
  #seen: string | undefined;
  #stored: StoredTake | undefined;
  #thrownAway = false;
  #storageFailures = 0;

  constructor(options: VoiceMessageOptions) {
    this.#options = options;
    this.room = new MailboxRoom(options);
    this.#disk = new StoredRecordings(options);
    this.#names = new TakeNames(options.mailbox, options.id, (name) => options.index.has(name));
    this.#earlier = new EarlierTakes(this.#names, this.#disk);
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

  /** The recordings of which nobody knows yet whether they will be, or remain, messages. */
  get undecided(): string[] {
    return [...this.#held, ...this.#earlier.undecided];
  }

  get #held(): string[] {
    const own = [this.liveName, this.#stored?.name].filter((name) => name !== undefined);
    return [...own, ...this.#alsoKept, ...this.#disk.deleting];
  }

  /**
   * Finds what an earlier daemon has left. From now on it is undecided.
   * @param there the names of the takes that are there (find-takes.ts)
   * @param standing what that daemon has noted; nothing if it had no time to
   */
  find(there: readonly string[], standing: Standing | undefined): void {
    const stored = this.#earlier.find(there, standing);
    if (stored) this.#stored = { name: stored, elapsedSeconds: UNKNOWN_SECONDS };
  }

  /**
   * Takes up what was found.
   * @returns the take in progress, if there is one, or one that has ended and is not settled
   * @throws AriError if Asterisk does not say; then it is to be called again
   */
  async takeUp(): Promise<OpenTake | undefined> {
    const take = await this.#earlier.open();
    if (take) {
      this.#live = new LiveRecording(this.#options.channel, take.name);
      this.#live.takeUp();
      // Its end may have been told while Asterisk was asked whether it goes on.
      const end = take.end ?? (this.#lastEnd?.name === take.name ? this.#lastEnd : undefined);
      if (end) this.#live.finish(end);
      else if (this.#hasLeft) this.#live.channelLeft();
    }
    // Whoever has left a message was let in, whether that was noted or not.
    if (this.#held.length > 0) this.room.enterAgain();
    this.#earlier.count(this.#held);
    return take;
  }

  /** The end of the take in progress, if it has ended without our being told: while the connection was lost. */
  async endedUnheard(): Promise<LiveRecordingInfo | undefined> {
    const live = this.#live;
    if (!live || live.hasEnded || (await this.#disk.mayBeLive(live.name))) return undefined;
    const info = await this.#disk.endOf(live.name);
    live.finish(info);
    return info;
  }

  /** The channel has left a message before, under this name. */
  nameTaken(): void {
    this.#live = undefined;
    this.#names.taken();
  }

  /** The dialplan is being told that the take in progress is a message. */
  promise(): void {
    this.#isPromised = true;
  }

  /** What the dialplan is told that there is: the take in progress, if that is promised, or the one before. */
  get promised(): string | undefined {
    return this.#live && this.#isPromised ? this.#live.name : this.#stored?.name;
  }

  /** The name of the take that is being made, or of the next one. */
  get takeName(): string {
    return this.#live?.name ?? this.#names.next;
  }

  /** How many messages this call may leave in a mailbox yet. Its own is counted when it is over. */
  reservedIn(mailbox: string): number {
    // Which of an earlier daemon's takes will be a message is not known yet.
    const mayLeaveOne = this.room.isLetIn || this.#earlier.undecided.length > 0;
    return Number(mailbox === this.#options.mailbox && mayLeaveOne) + this.room.copiesTo(mailbox);
  }

  /** Begins a take under a name never used before in this call, so that late events can't be mixed up. */
  newTake(): Take {
    this.#before = undefined;
    this.#elapsedBefore = 0;
    this.#isPromised = false;
    return this.#nextPart(this.#names.use(), 0);
  }

  /** Goes on with the take that was paused, or that has ended for lack of audio. */
  async continueTake(): Promise<Take> {
    const before = this.#live;
    if (!before) return this.newTake();
    this.#before = before;
    const { duration = 0 } = (await before.finished()) ?? {};
    this.#elapsedBefore = Math.max(this.#elapsedBefore + (before.elapsedSeconds ?? 0), duration);
    return this.#nextPart(before.name, this.#elapsedBefore);
  }

  #nextPart(name: string, secondsBefore: number): Take {
    const { channel, config } = this.#options;
    this.#selfEnd = undefined;
    this.#limitSeconds = config.maxSeconds && Math.max(1, Math.ceil(config.maxSeconds - secondsBefore));
    this.#live = new LiveRecording(channel, name);
    return { name, append: this.#before !== undefined, limitSeconds: this.#limitSeconds, secondsBefore };
  }

  /**
   * Waits until the take is really being recorded.
   * @throws AriError if Asterisk refuses; and one without a status if nobody knows
   */
  async begin(answer: Promise<void>): Promise<void> {
    const live = this.#live;
    try {
      await live?.begin(answer);
    } catch (error) {
      // The caller is gone: nothing has followed the part before.
      if (isGone(error)) this.#live = this.#before ?? live;
      // Something went wrong in Asterisk, or on the way: perhaps after it had begun.
      if (!live || !isFault(error) || !(await this.#disk.mayBeLive(live.name))) throw error;
    }
  }

  /** Asterisk refused to record: only what there was before a pause is left, or what a fault has left. */
  recordRefused(error: AriError): void {
    if (isFault(error)) this.#live?.channelLeft();
    else this.#live = this.#before;
  }

  /** Hands on RecordingStarted, whatever the call is busy with. */
  recordingStarted(info: LiveRecordingInfo): void {
    if (info.name === this.#live?.name) this.#live.started();
  }

  /** Hands on RecordingFinished and RecordingFailed, whatever the call is busy with. */
  recordingFinished(info: LiveRecordingInfo): void {
    this.#lastEnd = info;
    const live = this.#live;
    // Told late, or twice, of the part before, which has the same name: the next one has not begun.
    if (this.#before && !live?.hasBegun) return;
    if (info.name === live?.name) live.finish(info);
  }

  /** The channel has left Stasis. */
  channelLeft(): void {
    this.#hasLeft = true;
    this.#live?.channelLeft();
  }

  /**
   * Why the take in progress ended by itself; nothing if this RecordingFinished is not about it. After a pause
   * it may be a late one of the part before, which has the same name: then Asterisk is asked.
   */
  async endedByItself({ name }: LiveRecordingInfo): Promise<SelfEnd | undefined> {
    const live = this.#live;
    if (name !== live?.name) return undefined;
    if (this.#before && (await this.#disk.isLive(name).catch(() => false))) {
      this.#live = new LiveRecording(this.#options.channel, name);
      this.#live.started();
      return undefined;
    }
    // Of one that an earlier daemon began nobody knows how long it lasted.
    const { elapsedSeconds } = live;
    this.#selfEnd = elapsedSeconds === undefined ? 'gap' : selfEnd(elapsedSeconds, this.#limitSeconds);
    return this.#selfEnd;
  }

  /** Asterisk could not store something. Answers how often this has happened in this call. */
  countStorageFailure(): number {
    return ++this.#storageFailures;
  }

  /** The call is over: what is stored is there to stay. Never rejects. */
  async keep(): Promise<void> {
    await this.#noted;
    await this.#disk.deleted();
    this.#earlier.count(this.#held);
    const kept = this.#stored ? [this.#stored.name, ...this.#alsoKept] : this.#alsoKept;
    for (const name of kept) {
      if (name === this.#seen || (await this.#isThere(name))) this.#disk.count(name);
      else if (name === this.#stored?.name) this.#stored = undefined;
    }
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

  /** Throws everything away but the copies: nothing of this call's takes stays on disk. */
  async discard(on: string): Promise<void> {
    this.#thrownAway = true;
    const stored = this.#stored;
    this.#stored = undefined;
    if (stored) this.#disk.delete(stored.name);
    for (const name of this.#alsoKept.splice(0)) this.#disk.delete(name);
    try {
      await this.cancel(on);
    } catch (error) {
      // It ends with the call at the latest, and is deleted then.
      this.#log.warn({ err: error, recording: this.liveName }, 'Could not cancel the recording');
    }
  }

  /**
   * Stops and settles whatever is in progress.
   * @returns what became of it; `stuck` if it could not be stopped, and goes on until the channel is hung up
   */
  async close(on: string): Promise<TakeResult | 'stuck' | undefined> {
    try {
      await this.stop();
    } catch (error) {
      this.#log.warn({ err: error, recording: this.liveName }, 'Could not stop the recording');
      return 'stuck';
    }
    return this.settle(on);
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
    const info = await this.#endOf(live);
    const result = await this.#judge(live, info);
    this.#live = undefined;
    const line = { recording: live.name, on, seconds: info?.duration };
    const take = {
      name: live.name,
      elapsedSeconds: this.#elapsedBefore + (live.elapsedSeconds ?? UNKNOWN_SECONDS),
    };
    switch (result) {
      case 'stored':
        this.#log.info(line, 'Accepted recording');
        if (this.#stored) this.#disk.delete(this.#stored.name);
        this.#stored = take;
        break;
      case 'doubtful':
      case 'unsure':
        this.#log.warn({ ...line, kept: this.#stored?.name }, 'Not sure of this recording: keeping all');
        if (this.#stored) {
          this.#alsoKept.push(live.name);
          this.#noted = this.#disk.keepAll(this.#names.message);
        }
        this.#stored ??= take;
        break;
      case 'too short':
      case 'silent':
        this.#log.info(line, result === 'silent' ? 'Nothing was said' : 'Recording too short');
        this.#disk.delete(live.name);
        break;
      case 'discarded':
        this.#disk.delete(live.name);
        break;
      case 'missing':
        this.#log.warn(line, 'Recording was not stored');
    }
    return result;
  }

  /**
   * Looks whether the message is still there, before the caller is told so.
   * @returns false if somebody has removed it; also true if Asterisk does not say
   */
  async checkThere(): Promise<boolean> {
    if (this.#stored && (await this.#isThere(this.#stored.name))) return true;
    this.#stored = undefined;
    return false;
  }

  /**
   * Looks whether there is anything in the message that could not be played. A file without content, which a
   * full disk leaves, is no message.
   */
  async checkContent(): Promise<boolean> {
    if (!this.#stored) return false;
    const { name } = this.#stored;
    const sound = await this.#disk.read(name);
    if (sound === 'unknown' || (sound !== 'gone' && sound.hasContent)) return true;
    this.#stored = undefined;
    this.#deleteWithoutContent(name);
    return false;
  }

  /** Whether the message has been copied to this mailbox. */
  hasCopyIn(mailbox: string): boolean {
    return this.#stored !== undefined && this.#copies.has(copyName(this.#stored.name, mailbox));
  }

  /**
   * Copies the message to another mailbox.
   * @returns whether it is there now
   */
  async copyTo(mailbox: string): Promise<boolean> {
    if (!this.#stored) return false;
    const { name } = this.#stored;
    const copy = copyName(name, mailbox);
    if (!(await this.room.copying(mailbox, () => this.#disk.copy(name, copy)))) return false;
    this.#copies.add(copy);
    return true;
  }

  /** If the caller left while nobody heard it, the file tells. */
  async #endOf(live: LiveRecording): Promise<LiveRecordingInfo | undefined> {
    const info = await live.finished();
    return !info && live.hasEnded ? this.#disk.endOf(live.name) : info;
  }

  #deleteWithoutContent(name: string): void {
    this.#log.error({ recording: name }, 'Recording has no content: is the disk full?');
    this.#disk.delete(name);
  }

  async #isThere(name: string): Promise<boolean> {
    if ((await this.#disk.look(name)) !== 'gone') {
      this.#seen = name;
      return true;
    }
    this.#log.error(
      { recording: name },
      'The message is not there: somebody has removed it, or Asterisk did not store it',
    );
    return false;
  }

  /** What becomes of the take, by the rule in recorded-sound.ts. */
  async #judge(live: LiveRecording, info: LiveRecordingInfo | undefined): Promise<TakeResult> {
    const { config, channel } = this.#options;
    if (live.discarded || this.#thrownAway) return 'discarded';
    // Whether it is there is looked at once, when the caller has accepted it.
    if (!this.#stored && this.#isPromised && (info?.duration ?? 0) > 0) return 'stored';
    const sound = await this.#disk.read(live.name);
    if (sound === 'unknown') return 'unsure';
    const emptiness = sound === 'gone' ? 'no content' : emptinessOf(sound, config.minSeconds);
    // Whatever its file looks like as long as it is being written: there may be more in it.
    if ((emptiness || !info) && (await this.#disk.mayBeLive(live.name))) return 'unsure';
    if (emptiness) return this.#judgeEmpty(live, sound, emptiness);
    if (!this.#stored) return 'stored';
    if (!info) return 'doubtful';
    // A hangup ends a recording early, too, and that one is whole.
    return this.#selfEnd === 'early' && !channel.hungUp ? 'doubtful' : 'stored';
  }

  #judgeEmpty(
    { name, elapsedSeconds = 0 }: LiveRecording,
    sound: RecordedSound | 'gone',
    emptiness: Emptiness,
  ): TakeResult {
    if (emptiness === 'no content') {
      if (sound === 'gone') return 'missing';
      this.#deleteWithoutContent(name);
      return 'missing';
    }
    if (emptiness !== 'no audio') {
      if (!this.#isPromised) return emptiness;
      return this.#stored ? 'doubtful' : 'stored';
    }
    if (elapsedSeconds >= AUDIO_WITHIN_SECONDS) {
      this.#log.warn(
        { recording: name },
        'Recording holds no audio: the phone sends none, or Asterisk has no codec for it (core show translation)',
      );
    }
    return 'silent';
  }
}
