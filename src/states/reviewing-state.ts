/**
 * Reviewing: the caller hears the message (the tutorial's "Operating on Stored Recordings").
 *
 * Entered when a take was stored, and after Copying. `#` accepts it, `*` records again, `0` copies it, `9`
 * throws it away, a hangup accepts, and so does saying nothing for a while after the message has ended.
 * The stored take stays until a new one replaces it.
 */
import type { Playback } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import type { Reason } from '../call/call-result.ts';
import { Event, type Outcome } from '../call/event.ts';
import { REVIEWING_KEYS } from '../call/keys.ts';
import type { CallState } from './call-state.ts';
import { discard } from './discard.ts';
import { Playlist } from './playlist.ts';
import { storageFailed } from './storage-failed.ts';

export class ReviewingState implements CallState {
  readonly name = 'reviewing';
  readonly standing = 'reviewing';
  readonly #call: CallContext;
  readonly #playlist: Playlist;
  #quiet: CallTimer | undefined;

  constructor(call: CallContext) {
    this.#call = call;
    this.#playlist = new Playlist(call, () => this.#awaitKey());
  }

  async enter(): Promise<Event | void> {
    const { log, prompts, config } = this.#call;
    log.info('Entering reviewing state');
    await this.#call.tellDialplanFirst('hangup', this.#recording);
    const before = prompts.take();
    if (config.keys === 'asterisk') prompts.add('reviewAsteriskKeys');
    return this.#playlist.play([...before, `recording:${this.#recording}`, ...prompts.take()]);
  }

  async exit(): Promise<void> {
    this.#quiet?.cancel();
    await this.#playlist.stop();
  }

  async onPlaybackFinished(playback: Playback): Promise<Event | void> {
    const failed = playback.state === 'failed' && this.#playlist.isPlayingRecording(playback);
    if (failed && !(await this.#call.message.checkStored())) return storageFailed(this.#call);
    return this.#playlist.onPlaybackFinished(playback);
  }

  onDtmf(digit: string): Outcome {
    const event = REVIEWING_KEYS[this.#call.config.keys][digit];
    if (event === Event.DTMF_OCTOTHORPE) this.#accept('accepted', `DTMF ${digit}`);
    if (event === Event.DTMF_9) return discard(this.#call);
    return event;
  }

  onHangup(): Event {
    this.#accept('hangup', 'hangup');
    return Event.HANGUP;
  }

  #awaitKey(): void {
    this.#quiet?.cancel();
    this.#quiet = this.#call.after(this.#call.config.reviewTimeoutSeconds, () => {
      this.#accept('timeout', 'timeout');
      return Event.TIMEOUT;
    });
  }

  #accept(reason: Reason, on: string): void {
    this.#call.conclude(reason);
    this.#call.log.info({ recording: this.#recording, on }, 'Accepted recording');
  }

  get #recording(): string | undefined {
    return this.#call.message.stored?.name;
  }
}
