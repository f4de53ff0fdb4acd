/**
 * Who has the application. Of one that is not served any more Asterisk still tells, as long as there are calls in it,
 * so the daemon that serves it says so in a global variable, time and again; one that stands by takes it back when
 * nobody does.
 */
import { randomBytes } from 'node:crypto';
import { isGone } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';

/** So often the daemon that serves the application says so, in ms. */
export const BEAT_MS = 2_000;
/** So often one that stands by asks, in ms. */
export const ASK_MS = 1_000;
/** Whoever has not said so, however often that was asked, does not serve it. */
const MOST_SILENT = 8;

export class Ownership {
  readonly #ari: AriPort;
  readonly #app: string;
  readonly #variable: string;
  readonly #self = randomBytes(4).toString('hex');
  #beats = 0;
  #seen: string | undefined;
  #silent = 0;

  constructor(ari: AriPort, app: string) {
    this.#ari = ari;
    this.#app = app;
    this.#variable = `VM_OWNER_${app.replace(/\W/g, '_')}`;
  }

  /** Says that this daemon serves the application. @throws AriError */
  beat(): Promise<void> {
    return this.#ari.setGlobalVar(this.#variable, `${this.#self}-${++this.#beats}`);
  }

  /** Says that nobody does. @throws AriError */
  release(): Promise<void> {
    return this.#ari.setGlobalVar(this.#variable, '');
  }

  /** Whether nobody serves the application. To be asked every {@link ASK_MS}. @throws AriError */
  async isFree(): Promise<boolean> {
    try {
      await this.#ari.getApplicationChannels(this.#app);
    } catch (error) {
      if (isGone(error)) return true;
      throw error;
    }
    const beat = await this.#ari.getGlobalVar(this.#variable);
    this.#silent = beat === this.#seen ? this.#silent + 1 : 0;
    this.#seen = beat;
    return beat === '' || this.#silent >= MOST_SILENT;
  }
}
