/**
 * Reviewing: the caller hears the message (the tutorial's "Operating on Stored Recordings").
 *
 * Entered when a take was stored. `#` accepts it, `*` records again, a hangup accepts, and so does saying
 * nothing for a while after the message has ended. The stored take stays until a new one replaces it.
 */
import { isGone } from '../ari/ari-error.ts';
import type { Playback } from '../ari/ari-port.ts';
import type { CallPlayback } from '../call/call-channel.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import { Event } from '../call/event.ts';
import type { CallState } from './call-state.ts';

/** PlaybackFinished comes when the message has been played; this long after its end it counts as played. */
const PLAYBACK_MARGIN_SECONDS = 5;
/** Taken for the length of a message whose length Asterisk never told. */
const UNKNOWN_SECONDS = 600;

export class ReviewingState implements CallState {
  readonly name = 'reviewing';
  readonly #call: CallContext;
  #playback: CallPlayback | undefined;
  #timer: CallTimer | undefined;

  constructor(call: CallContext) {
    this.#call = call;
  }

  async enter(): Promise<void> {
    const { log, channel, message } = this.#call;
    log.info('Entering reviewing state');
    this.#playback = channel.playback(`recording:${this.#recording}`);
    try {
      await this.#playback.play();
    } catch (error) {
      if (isGone(error)) throw error;
      log.error({ err: error, recording: this.#recording }, 'Could not play the recording');
      return this.#awaitKey();
    }
    const seconds = message.stored?.seconds ?? UNKNOWN_SECONDS;
    this.#timer = this.#call.after(seconds + PLAYBACK_MARGIN_SECONDS, () => this.#awaitKey());
  }

  async exit(): Promise<void> {
    this.#timer?.cancel();
    const playback = this.#playback;
    this.#playback = undefined;
    if (!playback || this.#call.channel.hungUp) return;
    try {
      await playback.stop();
    } catch (error) {
      if (!isGone(error)) this.#call.log.warn({ err: error }, 'Could not stop the playback');
    }
  }

  onPlaybackFinished(playback: Playback): void {
    if (playback.id !== this.#playback?.id) return;
    if (playback.state === 'failed') {
      this.#call.log.error({ recording: this.#recording }, 'Could not play the recording');
    }
    this.#awaitKey();
  }

  onDtmf(digit: string): Event | void {
    switch (digit) {
      case '#':
        this.#accept('DTMF #');
        return Event.DTMF_OCTOTHORPE;
      case '*':
        return Event.DTMF_STAR;
    }
  }

  onHangup(): Event {
    this.#accept('hangup');
    return Event.HANGUP;
  }

  #awaitKey(): void {
    this.#timer?.cancel();
    this.#playback = undefined;
    this.#timer = this.#call.after(this.#call.config.reviewTimeoutSeconds, () => {
      this.#accept('timeout');
      return Event.REVIEW_TIMEOUT;
    });
  }

  #accept(on: string): void {
    this.#call.log.info({ recording: this.#recording, on }, 'Accepted recording');
  }

  get #recording(): string | undefined {
    return this.#call.message.stored?.name;
  }
}
