/** How long to wait before the next attempt at something that must succeed in the end. */

const FIRST_MS = 250;
/** Asterisk takes a few seconds to boot; a caller should not wait much longer than it does. */
const LONGEST_MS = 10_000;

export class BackOff {
  #failures = 0;

  /** The next pause in ms: doubled each time up to a limit, and random, so that many daemons do not knock at once. */
  next(): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures++);
    return longest * (0.5 + Math.random() / 2);
  }

  /** It worked. */
  reset(): void {
    this.#failures = 0;
  }
}
