/**
 * Copying: the caller dials the mailbox to which the message is copied (the tutorial's Reader Exercise 5).
 *
 * Entered from Reviewing, and left to it: `#` copies to the mailbox dialled so far, `*` does not. A mailbox
 * that does not exist or is full, digits without end, and silence copy nothing either. What became of it is said at the
 * beginning of the review, where a key can cut it short: whatever kept the copy from being made sounds the same, and
 * few can be tried in a call, so that nobody finds out many mailboxes, or fills them.
 */
import type { Playback } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import { Event, type Outcome } from '../call/event.ts';
import { COPYING_KEYS } from '../call/keys.ts';
import { MAILBOX_LENGTH } from '../mailbox/names.ts';
import type { CallState } from './call-state.ts';
import { Playlist } from './playlist.ts';
import { storageFailed } from './storage-failed.ts';
import { tooLong } from './too-long.ts';

const MOST_COPIES = 5;
const MOST_REFUSALS = 3;

export class CopyingState implements CallState {
  readonly name = 'copying';
  readonly standing = 'copying';
  readonly #call: CallContext;
  readonly #playlist: Playlist;
  #digits = '';
  #quiet: CallTimer | undefined;
  /** Asked of Asterisk, those that failed included. */
  #copies = 0;
  #refusals = 0;

  constructor(call: CallContext) {
    this.#call = call;
    this.#playlist = new Playlist(call, () => this.#awaitKey());
  }

  async enter(): Promise<Event | void> {
    const { log, message, prompts } = this.#call;
    log.info('Entering copying state');
    this.#digits = '';
    await this.#call.tellDialplanFirst('hangup', message.stored?.name);
    prompts.add('copyTo');
    return this.#playlist.play(prompts.take());
  }

  async exit(): Promise<void> {
    this.#quiet?.cancel();
    await this.#playlist.stop();
  }

  onPlaybackFinished(playback: Playback): Outcome {
    return this.#playlist.onPlaybackFinished(playback);
  }

  async onDtmf(digit: string): Promise<Event | void> {
    await this.#playlist.stop();
    switch (COPYING_KEYS[digit]) {
      case Event.DTMF_OCTOTHORPE:
        return this.#copy();
      case Event.DTMF_STAR:
        this.#call.log.info('Not copying');
        this.#call.prompts.add('notCopied');
        return Event.DTMF_STAR;
      default:
        return this.#dial(digit);
    }
  }

  onTooLong(): Promise<Event> {
    return tooLong(this.#call);
  }

  onHangup(): Event {
    return Event.HANGUP;
  }

  /** Digits that no mailbox can have are still digits here; in the review they would be keys. */
  #dial(digit: string): void {
    if (this.#digits.length <= MAILBOX_LENGTH) this.#digits += digit;
    this.#awaitKey();
  }

  async #copy(): Promise<Event> {
    const { log, message, prompts } = this.#call;
    const target = this.#digits;
    const refusal = this.#refusalOf(target);
    if (refusal !== undefined) {
      log.info({ target }, refusal);
      prompts.add('copyFailed');
      return Event.DTMF_OCTOTHORPE;
    }
    const isCopied = await this.#copyTo(target);
    if (!isCopied && !(await message.checkThere())) return storageFailed(this.#call);
    prompts.add(isCopied ? 'copied' : 'copyFailed');
    return Event.DTMF_OCTOTHORPE;
  }

  /** Once is enough, however often it is asked for. */
  async #copyTo(target: string): Promise<boolean> {
    const { message } = this.#call;
    if (message.hasCopyIn(target)) return true;
    this.#copies += 1;
    return message.copyTo(target);
  }

  #refusalOf(target: string): string | undefined {
    const { config, mailbox, message } = this.#call;
    if (message.hasCopyIn(target)) return undefined;
    if (this.#copies >= MOST_COPIES || this.#refusals >= MOST_REFUSALS) return 'Not copying: too many tries';
    const exists = config.mailboxes.has(target) && target !== mailbox;
    if (exists && message.room.has(target)) return undefined;
    this.#refusals += 1;
    return exists ? 'Not copying: the mailbox is full' : 'Not copying: no such mailbox, or the same one';
  }

  #awaitKey(): void {
    this.#quiet?.cancel();
    this.#quiet = this.#call.after(this.#call.config.reviewTimeoutSeconds, () => {
      this.#call.prompts.add('notCopied');
      return Event.TIMEOUT;
    });
  }
}
