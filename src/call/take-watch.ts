/**
 * Watches a take that is being recorded: tells the dialplan, as soon as it is true, that whoever hangs up now leaves a
 * message (it is long enough, and something was said), and ends the take when nobody speaks any more.
 */
import type { Assignment } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from './call-context.ts';
import type { Outcome } from './event.ts';
import { GAP_SECONDS } from './self-ended.ts';
import { TalkWatch } from './talk-watch.ts';

export class TakeWatch {
  readonly #call: CallContext;
  readonly #talk: TalkWatch;
  /** Until then, the take is too short for a message. */
  #tooShort: CallTimer | undefined;

  /** @param onSilence nobody has spoken for VM_MAX_SILENCE_SECONDS */
  constructor(call: CallContext, onSilence: () => Outcome) {
    this.#call = call;
    this.#talk = new TalkWatch(call, () => this.#promiseIfMessage(), onSilence);
  }

  /** Whether something was said in the take so far. */
  get hasSpoken(): boolean {
    return this.#talk.hasSpoken;
  }

  /**
   * A take begins, or goes on after a pause.
   * @param hasSpoken whether something was said in it before
   * @param secondsBefore how long it is already
   */
  begin(hasSpoken: boolean, secondsBefore: number): void {
    const missing = this.#call.config.minSeconds - secondsBefore;
    this.#tooShort?.cancel();
    this.#tooShort = this.#call.after(Math.max(0, missing), () => {
      this.#tooShort = undefined;
      this.#promiseIfMessage();
    });
    this.listen(hasSpoken);
  }

  /** From now on it is heard whether the caller speaks: at the beginning, or after the connection was lost. */
  listen(hasSpoken = this.#talk.hasSpoken): void {
    this.#talk.begin(hasSpoken);
    this.#tell(this.#talk.functions);
    this.#promiseIfMessage();
  }

  /** Asterisk has ended the recording because no audio came; what is lacking counts as silence. */
  gap(): void {
    this.#talk.gap(GAP_SECONDS);
  }

  /** After a gap the take is being recorded again. */
  goOn(): void {
    this.#tell(this.#talk.functions);
  }

  /**
   * Another channel has taken the caller's place, and it is recorded. Asterisk may not tell who speaks there (measured):
   * then nothing ends in silence, and in doubt something was said.
   */
  moved(): void {
    this.listen(true);
    this.deafen();
  }

  /** Hands on ChannelTalkingStarted (true) and ChannelTalkingFinished, which came `at` that time, in ms. */
  talking(isTalking: boolean, at: number): void {
    this.#talk.talking(isTalking, at);
  }

  /** From now on, nothing is heard. */
  deafen(): void {
    this.#talk.stop();
  }

  /** The take has ended, or is paused. */
  stop(): void {
    this.#talk.stop();
    this.#tooShort?.cancel();
    this.#tooShort = undefined;
  }

  #promiseIfMessage(): void {
    if (this.#tooShort || !this.#talk.hasSpoken) return;
    this.#call.message.promise();
    this.#tell();
  }

  #tell(functions?: readonly Assignment[]): void {
    const { promised } = this.#call.message;
    void this.#call.tellDialplan(promised === undefined ? 'silence' : 'hangup', promised, functions);
  }
}
