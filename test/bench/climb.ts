/** Looks for the highest rate that is held, step by step: up in wide steps, then by halves to where it breaks. */

/** From one rate to the next, while they are held. */
const STEP = 1.5;
/** The search ends when the rate held and the one that was not are no further apart: less is the machine's mood. */
const PRECISION = 0.1;

export class Climb {
  /** The highest rate held so far, in calls a second; 0 = none. */
  held = 0;
  /** The rate to try next; undefined = the search is over. */
  rate: number | undefined;
  /** The lowest rate that was not held. */
  broken = Infinity;
  readonly #highest: number;
  #isSecondTry = false;

  /** Tries `first`, and nothing above `highest`. */
  constructor({ first, highest }: { readonly first: number; readonly highest: number }) {
    this.#highest = highest;
    this.rate = first;
  }

  /** Whether {@link rate} was held. One that was not is tried once more: it may have been the machine's hiccup. */
  tell(isHeld: boolean): void {
    if (this.rate === undefined) return;
    if (!isHeld && !this.#isSecondTry) {
      this.#isSecondTry = true;
      return;
    }
    this.#isSecondTry = false;
    if (isHeld) this.held = this.rate;
    else this.broken = this.rate;
    this.rate = this.#next();
  }

  #next(): number | undefined {
    if (this.held >= this.#highest) return undefined;
    if (this.broken === Infinity) return Math.min(this.#highest, Math.round(this.held * STEP));
    if (this.broken - this.held <= Math.max(1, this.held * PRECISION)) return undefined;
    return Math.round((this.held + this.broken) / 2);
  }
}
