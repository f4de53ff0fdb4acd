/**
 * Recording: beep, then record what the caller says (the tutorial's "Basic Voice Mail Recording",
 * "Cancelling a Recording", and Reader Exercises 3 and 4).
 *
 * Entered at the start of the call, and again for each new take. Its phases:
 * - prompting: prompts and the beep, playbacks of their own, because a recording does not obey while it
 *   plays its own beep. There is no recording yet: a key cuts the prompts short, and only `9` does more;
 * - recording: `#` keeps, `*` throws away and starts over, `5` pauses, `9` throws away and ends, a hangup
 *   keeps, and it may end by itself (longest duration, silence, or Asterisk cannot write);
 * - paused: the same keys, and `5` goes on. What was recorded is stored, because nothing else can be heard
 *   on a channel while a recording is being made, paused or not; to go on is to append.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { LiveRecordingInfo, Playback } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import { Event, type Outcome } from '../call/event.ts';
import { RECORDING_KEYS } from '../call/keys.ts';
import { BEEP, PAUSE_CUE, RESUME_CUE } from '../call/sounds.ts';
import type { CallState } from './call-state.ts';
import { discard } from './discard.ts';
import { Playlist } from './playlist.ts';
import { storageFailed } from './storage-failed.ts';

/** The events of a hangup come within milliseconds of each other. */
const HANGUP_MS = 200;
const LONGEST_PAUSE_SECONDS = 300;
/** A channel can enter the application again, but hardly more often than this. */
const MOST_CONFLICTS = 20;

export class RecordingState implements CallState {
  readonly name = 'recording';
  readonly #call: CallContext;
  /** Ends in the recording beginning, or going on. */
  readonly #beginning: Playlist;
  readonly #pausing: Playlist;
  #phase: 'prompting' | 'recording' | 'paused' = 'prompting';
  /** From then on, a hangup leaves a message, as far as anybody can tell. */
  #longEnough: CallTimer | undefined;
  /** If the result can be corrected during the take. */
  #returnSlot: (() => void) | undefined;
  #longestPause: CallTimer | undefined;
  #resumed: 'recording' | 'paused' | undefined;
  #takes = 0;
  #conflicts = 0;

  constructor(call: CallContext) {
    this.#call = call;
    this.#beginning = new Playlist(call, () => this.#record());
    this.#pausing = new Playlist(call, () => {});
  }

  get standing(): 'paused' | 'taking' {
    return this.#phase === 'paused' ? 'paused' : 'taking';
  }

  /** An earlier daemon has begun a take: it goes on, when the state is entered. */
  resume(phase: 'recording' | 'paused'): void {
    this.#resumed = phase;
  }

  async enter(): Promise<Event | void> {
    const { log, message, prompts } = this.#call;
    log.info('Entering recording state');
    this.#takes += 1;
    if (this.#resumed) return this.#enterResumed(this.#resumed);
    this.#phase = 'prompting';
    await this.#call.tellDialplanFirst('hangup', message.stored?.name);
    if (this.#takes === 1) prompts.add('intro');
    return this.#beginning.play([...prompts.take(), BEEP]);
  }

  #enterResumed(phase: 'recording' | 'paused'): Outcome {
    this.#resumed = undefined;
    this.#phase = phase;
    if (phase === 'paused') return this.#cuePause();
    this.#returnSlot = this.#call.resultSlots.take();
    this.#awaitLongEnough(this.#call.config.minSeconds);
  }

  async exit(): Promise<void> {
    this.#takeEnded();
    this.#longestPause?.cancel();
    await this.#beginning.stop();
    await this.#pausing.stop();
  }

  async onPlaybackFinished(playback: Playback): Promise<Event | void> {
    return (await this.#pausing.onPlaybackFinished(playback)) ?? this.#beginning.onPlaybackFinished(playback);
  }

  onDtmf(digit: string): Outcome {
    const event = RECORDING_KEYS[digit];
    if (event === Event.DTMF_9) return discard(this.#call);
    if (this.#phase === 'prompting') return this.#beginning.skipToLast();
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

  /** The recording ended by itself. */
  async onRecordingFinished(finished: LiveRecordingInfo): Promise<Event | void> {
    const { message, log, prompts } = this.#call;
    const end = this.#phase === 'recording' ? await message.endedByItself(finished) : undefined;
    if (!end) return;
    const early = end === 'early';
    if (early) {
      // So does the recording of a caller who hangs up, and the event that says so may come after this one.
      await this.#call.channel.pause(HANGUP_MS);
      log.error({ recording: finished.name }, 'Recording ended early: is the disk full?');
    }
    const result = await message.settle('end of recording');
    if (result === 'missing' || (early && !message.stored)) return storageFailed(this.#call);
    if (early) prompts.add('tryAgain');
    if (message.stored) return Event.RECORDING_FINISHED;
    this.#call.conclude('silence');
    return Event.NOTHING_SAID;
  }

  /** Asterisk closes and keeps the recording of a channel that hangs up. */
  async onHangup(): Promise<Event> {
    await this.#call.message.settle('hangup');
    return Event.HANGUP;
  }

  async #record(): Promise<Event | void> {
    const { config, channel, message, log } = this.#call;
    const paused = this.#phase === 'paused';
    const { name, append, secondsBefore } = paused ? await message.continueTake() : message.newTake();
    this.#phase = 'recording';
    this.#longestPause?.cancel();
    this.#returnSlot ??= this.#call.resultSlots.take();
    if (!this.#returnSlot) await this.#call.tellDialplanFirst('hangup', name);
    const answer = channel.record({
      name,
      format: config.format,
      maxDurationSeconds: config.maxSeconds && Math.max(1, config.maxSeconds - secondsBefore),
      maxSilenceSeconds: config.maxSilenceSeconds,
      append,
    });
    try {
      await message.begin(answer);
    } catch (error) {
      // Without a status nobody knows whether it is being recorded; with one, it is not.
      if (isGone(error) || !(error instanceof AriError) || error.status === undefined) throw error;
      // The channel has left a message before, under this name.
      if (error.status === 409 && !append && this.#conflicts++ < MOST_CONFLICTS) {
        message.nameTaken();
        await this.#call.tellDialplanFirst('hangup', message.stored?.name);
        return this.#record();
      }
      log.error({ err: error, recording: name }, 'Could not record');
      message.recordRefused(error);
      await message.settle('error');
      return storageFailed(this.#call);
    }
    log.info({ recording: name }, append ? 'Unpausing recording' : 'Recording voicemail');
    this.#awaitLongEnough(config.minSeconds - secondsBefore);
  }

  /** Of a take that is shorter, nothing remains when the caller hangs up; the dialplan hears of it at its end. */
  #awaitLongEnough(seconds: number): void {
    const { message } = this.#call;
    this.#longEnough?.cancel();
    if (!this.#returnSlot) return;
    this.#longEnough = this.#call.after(Math.max(0, seconds), () => {
      void this.#call.tellDialplan('hangup', message.liveName);
    });
  }

  #takeEnded(): void {
    this.#longEnough?.cancel();
    this.#returnSlot?.();
    this.#returnSlot = undefined;
  }

  async #stop(): Promise<Event> {
    const { message, prompts } = this.#call;
    if (this.#phase === 'recording') await message.stop();
    const result = await message.settle('DTMF #');
    if (result === 'missing') return storageFailed(this.#call);
    if (result === 'too short') prompts.add('tooShort');
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
    this.#takeEnded();
    this.#phase = 'paused';
    const kept = (await message.isLongEnough()) ? message.liveName : message.stored?.name;
    await this.#call.tellDialplanFirst('hangup', kept);
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
