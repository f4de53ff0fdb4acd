/**
 * Recording: beep, then record what the caller says (the tutorial's "Basic Voice Mail Recording",
 * "Cancelling a Recording", and Reader Exercises 3 and 4).
 *
 * Entered at the start of the call, and again for each new take. Its phases:
 * - prompting: prompts and the beep, playbacks of their own, because a recording does not obey while it
 *   plays its own beep. There is no recording yet: a key cuts the prompts short, and only `9` does more;
 * - recording: `#` keeps, `*` throws away and starts over, `5` pauses, `9` throws away and ends, a hangup
 *   keeps, and so do the longest duration, and silence. When no audio comes for a while (mute, hold, no coverage),
 *   Asterisk ends the recording, and it goes on at once, in the same file;
 * - paused: the same keys, and `5` goes on. What was recorded is stored, because nothing else can be heard
 *   on a channel while a recording is being made, paused or not; to go on is to append.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { LiveRecordingInfo, Playback } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import { Event, type Outcome } from '../call/event.ts';
import { RECORDING_KEYS } from '../call/keys.ts';
import { BEEP, PAUSE_CUE, RESUME_CUE } from '../call/sounds.ts';
import { TakeWatch } from '../call/take-watch.ts';
import type { Take } from '../call/voice-message.ts';
import type { CallState } from './call-state.ts';
import { discard } from './discard.ts';
import { Playlist } from './playlist.ts';
import { storageFailed } from './storage-failed.ts';
import { tooLong } from './too-long.ts';

/** The events of a hangup come within milliseconds of each other. */
const HANGUP_MS = 200;
const NO_AUDIO =
  'Recording ended early, without audio: Asterisk has no codec for it (core show translation), or the disk is full';
/** Asterisk tells of the end of a recording just before it gives its name free. */
const ENDING_MS = 20;
const LONGEST_PAUSE_SECONDS = 300;
/** A channel can enter the application again, but hardly more often than this. */
const MOST_CONFLICTS = 20;

/** A take that an earlier daemon has begun. */
export interface ResumedTake {
  readonly phase: 'recording' | 'paused';
  /** Whether that daemon has told the dialplan that it is a message. */
  readonly isPromised: boolean;
  readonly hasEnded: boolean;
}

export class RecordingState implements CallState {
  readonly name = 'recording';
  readonly #call: CallContext;
  /** Ends in the recording beginning, or going on. */
  readonly #beginning: Playlist;
  readonly #pausing: Playlist;
  readonly #watch: TakeWatch;
  #phase: 'prompting' | 'recording' | 'paused' = 'prompting';
  #longestPause: CallTimer | undefined;
  #resumed: ResumedTake | undefined;
  #takes = 0;
  /** When the take was begun, by performance.now(). */
  #begunAt = 0;
  #conflicts = 0;

  constructor(call: CallContext) {
    this.#call = call;
    this.#beginning = new Playlist(call, () => this.#record());
    this.#pausing = new Playlist(call, () => {});
    this.#watch = new TakeWatch(call, () => this.#endInSilence());
  }

  get standing(): 'paused' | 'taking' {
    return this.#phase === 'paused' ? 'paused' : 'taking';
  }

  /** An earlier daemon has begun a take: it goes on, when the state is entered. */
  resume(take: ResumedTake): void {
    this.#resumed = take;
  }

  async enter(): Promise<Event | void> {
    const { log, message, prompts } = this.#call;
    log.info('Entering recording state');
    this.#takes += 1;
    if (this.#resumed) return this.#enterResumed(this.#resumed);
    if (!message.room.enter()) return this.#refuse();
    this.#phase = 'prompting';
    await this.#call.tellDialplanFirst('hangup', message.stored?.name);
    if (this.#takes === 1) prompts.add('intro');
    return this.#beginning.play([...prompts.take(), BEEP]);
  }

  /** The mailbox is full: nobody is let to speak in vain. */
  #refuse(): Event {
    this.#call.log.warn('Mailbox full: nobody can leave a message (VM_MAX_MESSAGES)');
    this.#call.conclude('full');
    return Event.FAILED;
  }

  #enterResumed({ phase, isPromised, hasEnded }: ResumedTake): Outcome {
    this.#resumed = undefined;
    this.#phase = phase;
    if (isPromised) this.#call.message.promise();
    this.#watch.begin(isPromised, 0);
    // Whether that daemon was told that the channel is another, nobody knows.
    if (phase === 'recording') return this.#call.channel.isAnother && !hasEnded ? this.onMoved() : undefined;
    this.#watch.stop();
    return this.#cuePause();
  }

  async exit(): Promise<void> {
    this.#watch.stop();
    this.#longestPause?.cancel();
    await this.#beginning.stop();
    await this.#pausing.stop();
  }

  async onPlaybackFinished(playback: Playback): Promise<Event | void> {
    return (await this.#pausing.onPlaybackFinished(playback)) ?? this.#beginning.onPlaybackFinished(playback);
  }

  onDtmf(digit: string, at: number): Outcome {
    const event = RECORDING_KEYS[digit];
    if (event === Event.DTMF_9) return discard(this.#call);
    // Whoever presses a key before there is a take does not mean the take.
    if (this.#phase === 'prompting' || at < this.#begunAt) return this.#beginning.skipToLast();
    switch (event) {
      case Event.DTMF_OCTOTHORPE:
        return this.#stop();
      case Event.DTMF_STAR:
        return this.#cancel();
      case Event.DTMF_5:
        return this.#phase === 'paused' ? this.#resume() : this.#pause();
      default:
        return;
    }
  }

  onTalking(isTalking: boolean, at: number): void {
    if (this.#phase === 'recording') this.#watch.talking(isTalking, at);
  }

  onConnectionLost(): void {
    this.#watch.deafen();
  }

  onConnectionBack(): void {
    if (this.#phase === 'recording') this.#watch.listen();
  }

  /**
   * Asterisk's recording goes on, but often deaf: it has nothing of what comes from the new channel (measured, about
   * every second time). So it is ended, and what is said now appended.
   */
  async onMoved(): Promise<Event | void> {
    if (this.#phase !== 'recording') return;
    const { message, log } = this.#call;
    try {
      await message.stop();
    } catch (error) {
      if (isGone(error)) throw error;
      log.warn({ err: error, recording: message.liveName }, 'Could not stop the recording');
      return;
    }
    const failed = await this.#begin(await message.continueTake());
    if (failed) return failed;
    this.#watch.moved();
  }

  /** The recording ended by itself. */
  async onRecordingFinished(finished: LiveRecordingInfo): Promise<Event | void> {
    const { message, channel } = this.#call;
    const end = this.#phase === 'recording' ? await message.endedByItself(finished) : undefined;
    if (!end) return;
    if (end === 'gap') return this.#goOnAfterGap();
    // So does the recording of a caller who hangs up, and the event that says so may come after this one.
    if (end === 'early') await channel.pause(HANGUP_MS);
    return this.#ended('end of recording', end === 'early');
  }

  /** The take that an earlier daemon began had ended before it was taken up; nobody knows why. */
  endedBefore(): Promise<Event> {
    return this.#ended('end of recording');
  }

  /** Asterisk closes and keeps the recording of a channel that hangs up. */
  async onHangup(): Promise<Event> {
    const { message } = this.#call;
    const result = await message.settle('hangup');
    if (result && !message.stored) this.#call.conclude(result === 'missing' ? 'storage' : 'silence');
    return Event.HANGUP;
  }

  /** What is being said ends here, as by a hangup. */
  async onTooLong(): Promise<Event> {
    const { message } = this.#call;
    return tooLong(this.#call, await message.close('too long'));
  }

  async #record(): Promise<Event | void> {
    const { message } = this.#call;
    const isPaused = this.#phase === 'paused';
    const take = isPaused ? await message.continueTake() : this.#newTake();
    this.#phase = 'recording';
    this.#longestPause?.cancel();
    const failed = await this.#begin(take);
    if (failed) return failed;
    this.#watch.begin(isPaused && this.#watch.hasSpoken, take.secondsBefore);
  }

  #newTake(): Take {
    this.#begunAt = performance.now();
    return this.#call.message.newTake();
  }

  /** @returns what follows if Asterisk refuses */
  async #begin(take: Take): Promise<Event | void> {
    const { name, append, limitSeconds } = take;
    const { config, channel, message, log } = this.#call;
    const options = { name, format: config.format, maxDurationSeconds: limitSeconds, append };
    try {
      await message.begin(channel.record(options));
    } catch (error) {
      // Without a status nobody knows whether it is being recorded; with one, it is not.
      if (isGone(error) || !(error instanceof AriError) || error.status === undefined) throw error;
      if (error.status === 409 && this.#conflicts++ < MOST_CONFLICTS) return this.#beginOtherwise(take);
      log.error({ err: error, recording: name }, 'Could not record');
      message.recordRefused(error);
      await message.settle('error');
      return storageFailed(this.#call);
    }
    log.info({ recording: name }, append ? 'Unpausing recording' : 'Recording voicemail');
  }

  /** The name is in use: by the part before, which has ended just now, or by an earlier message of the channel. */
  async #beginOtherwise(take: Take): Promise<Event | void> {
    const { channel, message } = this.#call;
    if (take.append) {
      await channel.pause(ENDING_MS);
      return this.#begin(take);
    }
    message.nameTaken();
    await this.#call.tellDialplanFirst('hangup', message.stored?.name);
    return this.#begin(this.#newTake());
  }

  /** The caller was muted, or on hold: what is said now belongs to the same take. */
  async #goOnAfterGap(): Promise<Event | void> {
    const { message, log } = this.#call;
    log.debug('No audio came for a while');
    this.#watch.gap();
    const failed = await this.#begin(await message.continueTake());
    if (failed) return failed;
    this.#watch.goOn();
  }

  async #endInSilence(): Promise<Event> {
    await this.#call.message.stop();
    return this.#ended('silence');
  }

  /** What follows when nobody but the recording itself has ended the take. */
  async #ended(on: string, isEarly = false): Promise<Event> {
    const { message, prompts, log } = this.#call;
    const { liveName: recording } = message;
    const result = await message.settle(on);
    if (isEarly)
      log.error({ recording }, result === 'silent' ? NO_AUDIO : 'Recording ended early: is the disk full?');
    if (result === 'missing' || (isEarly && !message.stored)) return storageFailed(this.#call);
    if (isEarly) prompts.add('tryAgain');
    if (message.stored) return Event.RECORDING_FINISHED;
    this.#call.conclude('silence');
    return Event.NOTHING_SAID;
  }

  async #stop(): Promise<Event> {
    const { message, prompts } = this.#call;
    if (this.#phase === 'recording') await message.stop();
    const result = await message.settle('DTMF #');
    if (result === 'missing') return storageFailed(this.#call);
    if (result === 'too short' || result === 'silent') prompts.add('tooShort');
    return message.stored ? Event.DTMF_OCTOTHORPE : Event.NOTHING_RECORDED;
  }

  async #cancel(): Promise<Event> {
    await this.#call.message.cancel('DTMF *');
    return Event.DTMF_STAR;
  }

  async #pause(): Promise<Event | void> {
    const { message, log } = this.#call;
    log.info('Pausing recording');
    await message.stop();
    this.#watch.stop();
    this.#phase = 'paused';
    const { promised } = message;
    await this.#call.tellDialplanFirst(promised === undefined ? 'silence' : 'hangup', promised);
    return this.#cuePause();
  }

  #cuePause(): Outcome {
    // Nobody pauses for so long; whoever has forgotten it hears the message.
    this.#longestPause = this.#call.after(LONGEST_PAUSE_SECONDS, () => this.#stop());
    return this.#pausing.play([PAUSE_CUE]);
  }

  /** A second 5 while the cue plays is a pause again. */
  async #resume(): Promise<Event | void> {
    await this.#pausing.stop();
    if (this.#beginning.isPlaying) {
      await this.#beginning.stop();
      return this.#pausing.play([PAUSE_CUE]);
    }
    return this.#beginning.play([RESUME_CUE]);
  }
}
