/**
 * Who has the application. Of one that is not served any more Asterisk still tells, as long as there are calls in it. So
 * daemons that stand by ask, in a global variable, and the one that serves it answers in another. While nobody stands by
 * they are only read: Asterisk's console shows each global variable that is set.
 */
import { randomBytes } from 'node:crypto';
import { isGone } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';

/** So often the daemon that serves the application looks whether it is asked, in ms. */
export const ANSWER_MS = 2_000;
/** So often one that stands by looks for the answer, in ms. */
export const ASK_MS = 1_000;
/** Whoever has not answered by then, in looks, does not serve it. */
const MOST_SILENT = 8;
/** An application that is not there by then, in looks, has been left; before, its daemon may be connecting again. */
const MOST_ABSENT = 3;

const ASKED = 'who?';
const FREE = 'free';

export class Ownership {
  readonly #ari: AriPort;
  readonly #app: string;
  readonly #question: string;
  readonly #answer: string;
  #seen: string | undefined;
  #silent = 0;
  #absent = 0;

  constructor(ari: AriPort, app: string) {
    this.#ari = ari;
    this.#app = app;
    const name = app.replace(/\W/g, (character) => `_${character.charCodeAt(0).toString(16)}_`);
    this.#question = `VM_OWNER_ASKED_${name}`;
    this.#answer = `VM_OWNER_${name}`;
  }

  /** Says that this daemon serves the application, from now on. @throws AriError */
  async take(): Promise<void> {
    await this.#ari.setGlobalVar(this.#answer, randomBytes(4).toString('hex'));
  }

  /** Says so again, if anybody asks. To be called every {@link ANSWER_MS}. @throws AriError */
  async answer(): Promise<void> {
    if ((await this.#ari.getGlobalVar(this.#question)) === '') return;
    await this.#ari.setGlobalVar(this.#question, '');
    await this.take();
  }

  /** Says that nobody serves it any more. @throws AriError */
  release(): Promise<void> {
    return this.#ari.setGlobalVar(this.#answer, FREE);
  }

  /** Whether nobody serves it. To be asked every {@link ASK_MS}. @throws AriError */
  async isFree(): Promise<boolean> {
    if (!(await this.#isThere())) return ++this.#absent >= MOST_ABSENT;
    this.#absent = 0;
    const answer = await this.#ari.getGlobalVar(this.#answer);
    if (answer === FREE) return true;
    this.#silent = answer === this.#seen ? this.#silent + 1 : 0;
    this.#seen = answer;
    if (this.#silent >= MOST_SILENT) return true;
    if ((await this.#ari.getGlobalVar(this.#question)) === '')
      await this.#ari.setGlobalVar(this.#question, ASKED);
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
