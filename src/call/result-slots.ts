/**
 * How many calls may correct their result while they are being recorded. Asterisk runs a channel's commands one
 * after the other, setting a variable too, and keeps an HTTP session waiting until its turn has come: at the end of
 * the recording. Of such sessions Asterisk has a hundred for all its clients, and the daemon has 31 sockets.
 */
const SLOTS = 8;

export class ResultSlots {
  #free = SLOTS;

  /** @returns what gives the slot back, or nothing if there is none */
  take(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free -= 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#free += 1;
      isTaken = false;
    };
  }
}
