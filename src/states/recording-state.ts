/**
 * Recording: beep, then record what the caller says (the tutorial's "Basic Voice Mail Recording" and
 * "Cancelling a Recording").
 *
 * Entered at the start of the call, and again for each new take. Two phases:
 * - the beep, a playback of its own, because a recording does not obey while it plays its own beep. Keys
 *   pressed now do nothing: there is no recording yet;
 * - the recording. `#` keeps it, `*` throws it away and starts over, a hangup keeps it, and it may end by
 *   itself (longest duration, silence, or Asterisk cannot write).
 */
import type { LiveRecordingInfo, Playback } from '../ari/ari-port.ts';
import { isGone } from '../ari/ari-error.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import type { CallPlayback } from '../call/call-channel.ts';
import { Event } from '../call/event.ts';
import type { LiveRecording } from '../call/live-recording.ts';
import type { CallState } from './call-state.ts';

/** The beep lasts a third of a second. Should its end never be told, the recording begins all the same. */
const BEEP_LIMIT_SECONDS = 3;

export class RecordingState implements CallState {
  readonly name = 'recording';
  readonly #call: CallContext;
  #beep: CallPlayback | undefined;
  #beepLimit: CallTimer | undefined;
  #recording: LiveRecording | undefined;

  constructor(call: CallContext) {
    this.#call = call;
  }

  async enter(): Promise<void> {
    this.#call.log.info('Entering recording state');
    this.#recording = undefined;
    this.#beep = this.#call.channel.playback('sound:beep');
    try {
      await this.#beep.play();
    } catch (error) {
      if (isGone(error)) throw error;
      this.#call.log.warn({ err: error }, 'Could not play the beep');
      return this.#record();
    }
    this.#beepLimit = this.#call.after(BEEP_LIMIT_SECONDS, () => this.#record());
  }

  exit(): void {
    this.#beepLimit?.cancel();
    this.#beep = undefined;
    this.#recording = undefined;
  }

  async onPlaybackFinished(playback: Playback): Promise<void> {
    if (playback.id === this.#beep?.id) await this.#record();
  }

  async onDtmf(digit: string): Promise<Event | void> {
    if (!this.#recording) {
      this.#call.log.debug({ dtmf: digit }, 'Ignoring DTMF before the recording');
      return;
    }
    switch (digit) {
      case '#':
        return this.#stop(this.#recording);
      case '*':
        return this.#cancel(this.#recording);
    }
  }

  /** The recording ended by itself. */
  async onRecordingFinished(finished: LiveRecordingInfo): Promise<Event | void> {
    if (finished.name !== this.#recording?.name) return;
    const result = await this.#call.message.settle('end of recording');
    if (this.#call.message.stored) return Event.RECORDING_FINISHED;
    return result === 'missing' ? Event.FAILED : Event.NOTHING_SAID;
  }

  /** Asterisk closes and keeps the recording of a channel that hangs up. */
  async onHangup(): Promise<Event> {
    await this.#call.message.settle('hangup');
    return Event.HANGUP;
  }

  async #record(): Promise<void> {
    this.#beepLimit?.cancel();
    this.#beep = undefined;
    const { config, channel, message, log } = this.#call;
    this.#recording = message.newTake();
    await channel.record({
      name: this.#recording.name,
      format: config.format,
      maxDurationSeconds: config.maxSeconds,
      maxSilenceSeconds: config.maxSilenceSeconds,
    });
    log.info({ recording: this.#recording.name }, 'Recording voicemail');
  }

  async #stop(recording: LiveRecording): Promise<Event> {
    await recording.stop();
    const result = await this.#call.message.settle('DTMF #');
    if (result === 'missing') return Event.FAILED;
    return this.#call.message.stored ? Event.DTMF_OCTOTHORPE : Event.NOTHING_RECORDED;
  }

  async #cancel(recording: LiveRecording): Promise<Event> {
    this.#call.log.info({ recording: recording.name, on: 'DTMF *' }, 'Canceling recording');
    await recording.cancel();
    await this.#call.message.settle('DTMF *');
    return Event.DTMF_STAR;
  }
}
