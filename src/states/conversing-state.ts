/**
 * Conversing: caller and owner hear each other in a bridge, and the owner's keys record what they say (the tutorial's
 * word on recording bridges).
 *
 * Entered when a phone was answered. `0` records from now on, after a beep that both hear, `5` pauses and goes on, `6`
 * writes silence in place of what is said, `7` stops and keeps, `9` throws away, `#` ends the call. When one of the
 * two hangs up, the other is hung up, and the recording is kept. What only the owner hears are cues: falling tones
 * when from now on nothing is recorded, rising ones when it is again.
 */
import { isGone } from '../ari/ari-error.ts';
import type { LiveRecordingInfo, Playback } from '../ari/ari-port.ts';
import { CallerHungUp } from '../call/call-channel.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import { Event, type Outcome } from '../call/event.ts';
import { CONVERSING_KEYS } from '../call/keys.ts';
import { BEEP, PAUSE_CUE, RESUME_CUE } from '../call/sounds.ts';
import type { CallState } from './call-state.ts';
import { toVoicemail } from './to-voicemail.ts';

/** The events of a hangup come within milliseconds of each other. */
const HANGUP_MS = 200;
/**
 * For so long a key may still be passing the bridge. A recording that is muted meanwhile has a gap where its silence
 * should be (measured with SIP phones, which press a key by RFC 4733).
 */
const KEY_MS = 150;
/** The beep is shorter; without a word of its end, the recording begins after this. */
const BEEP_LIMIT_SECONDS = 2;

export class ConversingState implements CallState {
  readonly name = 'conversing';
  readonly #call: CallContext;
  /** The beep after which the recording begins. */
  #beep: string | undefined;
  #beepLimit: CallTimer | undefined;
  #isResumed = false;

  constructor(call: CallContext) {
    this.#call = call;
  }

  get standing(): 'conversing' | 'muted' {
    return this.#call.conversation.recordings.isMuted ? 'muted' : 'conversing';
  }

  /** An earlier daemon has bridged them: they talk, when the state is entered. */
  resume(): void {
    this.#isResumed = true;
  }

  async enter(): Promise<Event | void> {
    const { log, conversation } = this.#call;
    log.info('Entering conversing state');
    if (!this.#isResumed && !(await this.#connect())) return toVoicemail(this.#call);
    this.#call.conclude('conversation');
    void this.#tell();
    if (!this.#isResumed && conversation.plan.recordsAtOnce) await this.#record();
  }

  async exit(): Promise<void> {
    this.#beepLimit?.cancel();
    await this.#call.conversation.close('end of conversation');
  }

  async onOwnerDtmf(digit: string): Promise<Event | void> {
    const { recordings } = this.#call.conversation;
    const event = CONVERSING_KEYS[digit];
    switch (event) {
      case Event.DTMF_OCTOTHORPE:
        return event;
      case Event.DTMF_0:
        if (recordings.liveName === undefined && this.#beep === undefined) return this.#beepAndRecord();
        this.#call.log.debug('It is recorded already');
        return;
      case Event.DTMF_7:
      case Event.DTMF_9:
        await this.#stop(event);
        return;
      case Event.DTMF_5:
      case Event.DTMF_6:
        if (recordings.liveName !== undefined) await this.#toggle(event);
        return;
      default:
    }
  }

  /** The beep is over: from now on it is recorded. */
  onPlaybackFinished({ id, state }: Playback): Outcome {
    if (id !== this.#beep) return;
    if (state === 'failed') this.#call.log.warn({ media: BEEP }, 'Could not play');
    return this.#record();
  }

  /** The recording has ended by itself. */
  async onRecordingFinished(finished: LiveRecordingInfo): Promise<void> {
    const { conversation, channel, log } = this.#call;
    const { recordings, legs } = conversation;
    if (!recordings.isLive(finished)) return;
    // So does that of a bridge that both have left, and the events that say so may come after this one.
    await channel.pause(HANGUP_MS);
    if (legs.owner === undefined) return;
    log.error({ recording: finished.name }, 'Recording ended early: is the disk full?');
    await recordings.settle('end of recording');
    this.#cue(PAUSE_CUE);
    void this.#tell();
  }

  onLegLeft(): Event | void {
    if (this.#call.conversation.legs.owner === undefined) return Event.OWNER_HANGUP;
  }

  onHangup(): Event {
    return Event.HANGUP;
  }

  onTooLong(): Event {
    return Event.TOO_LONG;
  }

  /** @returns whether they can talk to each other */
  async #connect(): Promise<boolean> {
    const { conversation, channel, log } = this.#call;
    const { owner } = conversation.legs;
    // Whoever hangs up so soon has not spoken to the caller.
    if (owner === undefined) return false;
    try {
      await conversation.answer();
      return await conversation.bridge.join(() => conversation.legs.owner);
    } catch (error) {
      if (channel.hungUp) throw new CallerHungUp();
      if (isGone(error)) throw error;
      log.error({ err: error }, 'Could not connect the caller');
      return false;
    }
  }

  async #beepAndRecord(): Promise<void> {
    const { conversation, log } = this.#call;
    try {
      this.#beep = await conversation.bridge.play(BEEP);
    } catch (error) {
      log.warn({ err: error, media: BEEP }, 'Could not play');
      return this.#record();
    }
    this.#beepLimit = this.#call.after(BEEP_LIMIT_SECONDS, () => this.#record());
  }

  #forgetBeep(): string | undefined {
    const beep = this.#beep;
    this.#beep = undefined;
    this.#beepLimit?.cancel();
    return beep;
  }

  async #record(): Promise<void> {
    const { recordings } = this.#call.conversation;
    this.#forgetBeep();
    recordings.next();
    // Whoever hangs up from now on leaves it, and the next daemon looks for it.
    await this.#tellFirst();
    if (!(await recordings.begin())) this.#cue(PAUSE_CUE);
    void this.#tell();
  }

  async #stop(event: Event.DTMF_7 | Event.DTMF_9): Promise<void> {
    const { conversation, log } = this.#call;
    const beep = this.#forgetBeep();
    if (beep !== undefined) {
      await conversation.bridge
        .stopPlayback(beep)
        .catch((error: unknown) => log.debug({ err: error }, 'Could not stop the playback'));
    }
    const { recordings } = conversation;
    if (recordings.liveName === undefined) return;
    if (event === Event.DTMF_9) await recordings.discard('DTMF 9');
    else await recordings.stop('DTMF 7');
    // One that goes on, because Asterisk does not obey, is no reason for a cue.
    if (recordings.liveName === undefined) this.#cue(PAUSE_CUE);
    void this.#tell();
  }

  async #toggle(event: Event.DTMF_5 | Event.DTMF_6): Promise<void> {
    const { channel, conversation } = this.#call;
    const { recordings } = conversation;
    try {
      if (event === Event.DTMF_5) await recordings.togglePause();
      else {
        await channel.pause(KEY_MS);
        await recordings.toggleMute();
      }
    } catch (error) {
      this.#call.log.warn({ err: error, recording: recordings.liveName }, 'Could not pause or mute');
      return;
    }
    void this.#tell();
    this.#cue(recordings.isPaused || recordings.isMuted ? PAUSE_CUE : RESUME_CUE);
  }

  /** Only the owner hears it, and it is not recorded. */
  #cue(media: string): void {
    const { conversation, log } = this.#call;
    conversation.legs
      .playToOwner(media)
      .catch((error: unknown) => log.debug({ err: error, media }, 'Could not play'));
  }

  #tell(): Promise<void> {
    const { recordings } = this.#call.conversation;
    return this.#call.tellDialplan('conversation', recordings.liveName ?? recordings.keptName);
  }

  #tellFirst(): Promise<void> {
    const { recordings } = this.#call.conversation;
    return this.#call.tellDialplanFirst('conversation', recordings.liveName ?? recordings.keptName);
  }
}
