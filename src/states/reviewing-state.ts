/**
 * Reviewing: the caller hears the message (the tutorial's "Operating on Stored Recordings").
 *
 * Entered when a take was stored, and after Copying. `#` accepts it, `*` records again, `0` copies it (where it is
 * known which mailboxes there are), `9` throws it away, a hangup accepts, and so does saying nothing for a while after
 * the message has ended.
 * The stored take stays until a new one replaces it.
 */
import type { Playback } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import type { Reason } from '../call/call-result.ts';
import { Event } from '../call/event.ts';
import { REVIEWING_KEYS } from '../call/keys.ts';
import type { CallState } from './call-state.ts';
import { discard } from './discard.ts';
import { Playlist } from './playlist.ts';
import { storageFailed } from './storage-failed.ts';
import { tooLong } from './too-long.ts';

export class ReviewingState implements CallState {
  readonly name = 'reviewing';
  readonly standing = 'reviewing';
  readonly #call: CallContext;
  readonly #playlist: Playlist;
  #quiet: CallTimer | undefined;
  #visits = 0;

  constructor(call: CallContext) {
    this.#call = call;
    this.#playlist = new Playlist(call, () => this.#awaitKey());
  }

  async enter(): Promise<Event | void> {
    const { log, prompts, config } = this.#call;
    // Asterisk would play nothing, and never say so. The first time, it has just been stored.
    if (this.#visits++ > 0 && !(await this.#call.message.checkThere())) return storageFailed(this.#call);
    log.info('Entering reviewing state');
    await this.#call.tellDialplanFirst('hangup', this.#recording);
    const before = prompts.take();
    prompts.add(config.keys === 'asterisk' ? 'reviewAsteriskKeys' : 'reviewTutorialKeys');
    return this.#playlist.play([...before, `recording:${this.#recording}`, ...prompts.take()]);
  }

  async exit(): Promise<void> {
    this.#quiet?.cancel();
    await this.#playlist.stop();
  }

  async onPlaybackFinished(playback: Playback): Promise<Event | void> {
    const failed = playback.state === 'failed' && this.#playlist.isPlayingRecording(playback);
    if (failed && !(await this.#call.message.checkContent())) return storageFailed(this.#call);
    return this.#playlist.onPlaybackFinished(playback);
  }

  async onDtmf(digit: string): Promise<Event | void> {
    const event = REVIEWING_KEYS[this.#call.config.keys][digit];
    if (event === Event.DTMF_9) return discard(this.#call);
    if (event === Event.DTMF_OCTOTHORPE) return this.#accept('accepted', `DTMF ${digit}`, event);
    if (event === Event.DTMF_0) return this.#canCopy ? this.#ifThere(event) : undefined;
    return event;
  }

  /** Where every name is a mailbox, a caller could fill the disk with copies. */
  get #canCopy(): boolean {
    return this.#call.config.mailboxes.size > 0;
  }

  onTooLong(): Promise<Event> {
    return tooLong(this.#call);
  }

  onHangup(): Event {
    this.#call.conclude('hangup');
    this.#logAccepted('hangup');
    return Event.HANGUP;
  }

  #awaitKey(): void {
    this.#quiet?.cancel();
    this.#quiet = this.#call.after(this.#call.config.reviewTimeoutSeconds, () =>
      this.#accept('timeout', 'timeout', Event.TIMEOUT),
    );
  }

  async #accept(reason: Reason, on: string, event: Event): Promise<Event> {
    const next = await this.#ifThere(event);
    if (next !== event) return next;
    this.#call.conclude(reason);
    this.#logAccepted(on);
    return event;
  }

  /** Nobody is told that a message is saved which somebody else has removed meanwhile. */
  async #ifThere(event: Event): Promise<Event> {
    return (await this.#call.message.checkThere()) ? event : storageFailed(this.#call);
  }

  #logAccepted(on: string): void {
    this.#call.log.info({ recording: this.#recording, on }, 'Accepted recording');
  }

  get #recording(): string | undefined {
    return this.#call.message.stored?.name;
  }
}
