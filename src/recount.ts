/**
 * Counts the messages anew, now and then, because others add and delete some: the dialplan while no daemon is there, an
 * administrator, a script. Asterisk walks its whole recording directory for it, so it is done as often as it is cheap.
 */
import type { StoredRecordingInfo } from './ari/ari-port.ts';
import type { Logger } from './log.ts';

const SHORTEST_PAUSE_MS = 60_000;
/** The pause is this many times as long as what it follows: a count costs at most a hundredth of the time. */
const PAUSE_FACTOR = 100;

export class Recount {
  readonly #load: () => Promise<StoredRecordingInfo[]>;
  readonly #log: Logger;
  #tookMs = 0;
  #isFailing = false;

  /** @param load rejects if Asterisk does not give the list */
  constructor(load: () => Promise<StoredRecordingInfo[]>, log: Logger) {
    this.#load = load;
    this.#log = log;
  }

  /** Counts; never rejects. Answers with what is listed; nothing if Asterisk does not list it. */
  async count(): Promise<StoredRecordingInfo[] | undefined> {
    const began = performance.now();
    try {
      const listed = await this.#load();
      if (this.#isFailing) this.#log.info('The messages are counted again');
      this.#isFailing = false;
      return listed;
    } catch (error) {
      this.#failed(error);
      return undefined;
    } finally {
      this.#tookMs = performance.now() - began;
    }
  }

  /** How long to wait before the next count, in ms. */
  get pauseMs(): number {
    return this.pauseOf(SHORTEST_PAUSE_MS);
  }

  /** The same, where less than a minute would do. */
  pauseOf(shortestMs: number): number {
    return Math.max(shortestMs, PAUSE_FACTOR * this.#tookMs);
  }

  /** One warning when it begins, however often it is tried. */
  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.warn(
      { err: error },
      'Asterisk cannot list its recordings, so no message is counted, no lamp changed, and VM_MAX_MESSAGES goes by the last count, if there was one (calls are taken, and messages ' +
        'kept): below its recording directory there is probably a dangling link, a folder that it may not open (as ' +
        'lost+found), or a name that is not UTF-8; its log names it, or the directory is not there',
    );
  }
}
