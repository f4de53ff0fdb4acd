/**
 * Who has the application. Of one that is not served any more Asterisk still tells, as long as there are calls in it. So a
 * daemon that stands by asks, in a global variable, and the one that serves it answers there. While nobody stands by it
 * is only read: Asterisk's console shows each global variable that is set.
 */
import { isGone } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';

/** So often the daemon that serves the application looks whether it is asked, in ms. */
export const ANSWER_MS = 2_000;
/** So often one that stands by looks for the answer, in ms. */
export const ASK_MS = 1_000;
/** Whoever has not answered by then, in looks, does not serve it. */
const MOST_SILENT = 8;

/** What the variable says, if it says anything. */
const ASKED = 'who?';
const SERVED = 'served';
const FREE = 'free';

export class Ownership {
  readonly #ari: AriPort;
  readonly #app: string;
  readonly #variable: string;
  #silent = 0;

  constructor(ari: AriPort, app: string) {
    this.#ari = ari;
    this.#app = app;
    const name = app.replace(/\W/g, (character) => `_${character.charCodeAt(0).toString(16)}_`);
    this.#variable = `VM_OWNER_${name}`;
  }

  /** Answers that this daemon serves the application. To be called every {@link ANSWER_MS}. @throws AriError */
  async answer(): Promise<void> {
    const word = await this.#ari.getGlobalVar(this.#variable);
    if (word === ASKED || word === FREE) await this.#ari.setGlobalVar(this.#variable, SERVED);
  }

  /** Says that nobody serves it any more. @throws AriError */
  release(): Promise<void> {
    return this.#ari.setGlobalVar(this.#variable, FREE);
  }

  /** Whether nobody serves it. To be asked every {@link ASK_MS}. @throws AriError */
  async isFree(): Promise<boolean> {
    if (!(await this.#isThere())) return true;
    const word = await this.#ari.getGlobalVar(this.#variable);
    if (word === FREE) return true;
    if (word === ASKED) return ++this.#silent >= MOST_SILENT;
    this.#silent = 0;
    await this.#ari.setGlobalVar(this.#variable, ASKED);
    return false;
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.#ari.getApplicationChannels(this.#app);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }
}
