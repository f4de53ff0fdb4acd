/** The dialplan function TALK_DETECT of a fake channel: tells when its caller begins to speak, and has stopped. */
import type { Hearing } from './hearing.ts';

export class FakeTalkDetect {
  readonly #speech: Hearing;
  readonly #tell: (isTalking: boolean) => void;
  /** Silence of so many ms is a pause; undefined while it is not set. */
  #pauseMs: number | undefined;
  #isTalking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(speech: Hearing, tell: (isTalking: boolean) => void) {
    this.#speech = speech;
    this.#tell = tell;
  }

  /** `TALK_DETECT(set)`: what is known of who speaks stays as it is. */
  set(pauseMs: number): void {
    this.#pauseMs = pauseMs;
    this.listen();
  }

  /** `TALK_DETECT(remove)`, or the end of the channel. */
  remove(): void {
    clearTimeout(this.#timer);
    this.#pauseMs = undefined;
    this.#isTalking = false;
  }

  /** To be called whenever what is heard has changed. */
  listen(): void {
    clearTimeout(this.#timer);
    if (this.#pauseMs === undefined) return;
    const now = Date.now();
    // Where no audio comes, nothing is found out, and no silence gets longer.
    if (this.#speech.isMuted) return;
    if (this.#speech.isLoud(now)) {
      if (!this.#isTalking) this.#turn(true);
    } else if (this.#isTalking && now >= this.#pauseEnd(now)) this.#turn(false);
    const pauseEnd = this.#isTalking && !this.#speech.isLoud(now) ? this.#pauseEnd(now) : Infinity;
    const due = Math.min(this.#speech.nextEdge(now) ?? Infinity, pauseEnd);
    if (due < Infinity) this.#timer = setTimeout(() => this.listen(), due - now);
  }

  /** When it will have been quiet for so long that it is a pause. */
  #pauseEnd(now: number): number {
    const quietSince = this.#speech.lastLoud(now);
    return quietSince + this.#speech.gapMs(quietSince, now) + (this.#pauseMs ?? 0);
  }

  #turn(isTalking: boolean): void {
    this.#isTalking = isTalking;
    this.#tell(isTalking);
  }
}
