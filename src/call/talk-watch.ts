/**
 * Hears whether the caller speaks while a take is recorded, and ends the take after VM_MAX_SILENCE_SECONDS without a
 * word. Asterisk's own silence limit would cut off what it takes for silence, and that may be a quiet voice.
 *
 * What is heard comes from the dialplan function TALK_DETECT. Where Asterisk lacks it, or the connection is lost,
 * nobody knows who speaks: then nothing ends in silence.
 */
import type { Assignment } from '../ari/ari-port.ts';
import type { CallContext, CallTimer } from './call-context.ts';
import type { Outcome } from './event.ts';

/** Mean of the samples of 20 ms, of 32768, from which on somebody speaks: whoever is that loud is above LINE_NOISE. */
const TALK_LEVEL = 64;
/** A pause in speech that is shorter is no event. */
const PAUSE_MS = 2_000;
/** Before a take is ended, it is asked once more whether somebody speaks: an answer takes this long. */
const ASK_AGAIN_SECONDS = 0.3;
/** If that can't be asked. */
const DEAF_SECONDS = 2;

export class TalkWatch {
  readonly #call: CallContext;
  readonly #onSpeech: () => void;
  readonly #onSilence: () => Outcome;
  readonly #pauseSeconds: number;
  #limit: CallTimer | undefined;
  /** Whatever was told before is of no concern: in ms. */
  #since = 0;
  #isTalking = false;
  #hasSpoken = false;

  /**
   * @param onSpeech the take's first word
   * @param onSilence nobody has spoken for so long that the take is over
   */
  constructor(call: CallContext, onSpeech: () => void, onSilence: () => Outcome) {
    const { maxSilenceSeconds } = call.config;
    this.#call = call;
    this.#onSpeech = onSpeech;
    this.#onSilence = onSilence;
    this.#pauseSeconds =
      Math.min(PAUSE_MS, maxSilenceSeconds > 0 ? maxSilenceSeconds * 500 : PAUSE_MS) / 1000;
  }

  /** Whether anything was said in this take; also if nobody can tell. */
  get hasSpoken(): boolean {
    return this.#hasSpoken || !this.#call.channel.hearsTalk;
  }

  /**
   * What makes Asterisk tell from now on, and tell at once if somebody speaks already. To remove what is not there
   * would be a warning in Asterisk's log.
   */
  get functions(): readonly Assignment[] {
    const set: Assignment = ['TALK_DETECT(set)', `${this.#pauseSeconds * 1000},${TALK_LEVEL}`];
    return this.#call.channel.hearsTalk ? [set, ['TALK_DETECT(remove)', ''], set] : [];
  }

  /**
   * A take begins, or goes on.
   * @param hasSpoken whether something was said in it before
   */
  begin(hasSpoken: boolean): void {
    this.#since = performance.now();
    this.#hasSpoken = hasSpoken;
    this.#quietFor(0);
  }

  /** Asterisk has ended the recording because it got no audio for `seconds`; that is silence, too. */
  gap(seconds: number): void {
    if (this.#isTalking) this.#quietFor(seconds);
  }

  /**
   * Hands on ChannelTalkingStarted (true) and ChannelTalkingFinished, while the take is recorded.
   * @param at when the event came, in ms
   */
  talking(isTalking: boolean, at: number): void {
    if (at < this.#since) return;
    if (!isTalking) return this.#quietFor(this.#pauseSeconds);
    this.#end();
    this.#isTalking = true;
    if (this.#hasSpoken) return;
    this.#hasSpoken = true;
    this.#onSpeech();
  }

  /** The connection is lost, or the take has ended. */
  stop(): void {
    this.#end();
    this.#isTalking = false;
  }

  #end(): void {
    this.#limit?.cancel();
    this.#limit = undefined;
  }

  #quietFor(seconds: number): void {
    this.stop();
    const { maxSilenceSeconds } = this.#call.config;
    if (maxSilenceSeconds === 0 || !this.#call.channel.hearsTalk) return;
    this.#await(maxSilenceSeconds - seconds - ASK_AGAIN_SECONDS, () => this.#askAgain());
  }

  /** That somebody speaks may have been told to a connection that was dead already. */
  async #askAgain(): Promise<void> {
    try {
      await this.#call.channel.setVariables(this.functions);
      this.#await(ASK_AGAIN_SECONDS, this.#onSilence);
    } catch (error) {
      this.#call.log.debug({ err: error }, 'Could not ask whether the caller speaks');
      this.#await(DEAF_SECONDS, () => this.#askAgain());
    }
  }

  #await(seconds: number, handler: () => Outcome): void {
    this.#end();
    this.#limit = this.#call.after(Math.max(0, seconds), handler);
  }
}
