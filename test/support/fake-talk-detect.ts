/** The dialplan function TALK_DETECT of a fake channel: tells when its caller begins to speak, and has stopped. */
import type { Hearing } from './hearing.ts';

export class FakeTalkDetect {
  readonly #speech: Hearing;
  readonly #tell: (isTalking: boolean) => void;
  /** Silence of so many ms is a pause; undefined while it is not set. */
  #pauseMs: number | undefined;
  #isTalking = false;
  #quietSince = 0;
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
    // Where no audio comes, nothing is found out.
    if (this.#speech.isMuted) return void (this.#quietSince = now);
    if (this.#speech.isLoud(now)) {
      this.#quietSince = now;
      if (!this.#isTalking) this.#turn(true);
    } else if (this.#isTalking && now - this.#quietSince >= this.#pauseMs) this.#turn(false);
    const edges = [this.#speech.nextEdge(now), this.#isTalking ? this.#pauseEnd(now) : undefined];
    const due = Math.min(...edges.map((edge) => edge ?? Infinity));
    if (due < Infinity) this.#timer = setTimeout(() => this.#pass(), due - now);
  }

  /** The tone that sounded until now has been heard to its end. */
  #pass(): void {
    if (this.#speech.isLoud(Date.now() - 1)) this.#quietSince = Date.now();
    this.listen();
  }

  #pauseEnd(now: number): number | undefined {
    if (this.#speech.isLoud(now)) return undefined;
    return Math.max(now + 1, this.#quietSince + (this.#pauseMs ?? 0));
  }

  #turn(isTalking: boolean): void {
    this.#isTalking = isTalking;
    this.#tell(isTalking);
  }
}
