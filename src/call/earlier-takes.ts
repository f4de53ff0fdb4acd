/** What an earlier daemon has left of a message: which take goes on, and which are there to stay. */
import type { LiveRecordingInfo } from '../ari/ari-port.ts';
import type { Standing } from './standing.ts';
import type { StoredRecordings } from './stored-recordings.ts';
import type { FoundTakes, TakeNames } from './take-names.ts';

/** A take that an earlier daemon has begun. */
export interface OpenTake {
  readonly name: string;
  /** How it has ended; nothing while it is being made. */
  readonly end: LiveRecordingInfo | undefined;
}

export class EarlierTakes {
  readonly #names: TakeNames;
  readonly #disk: StoredRecordings;
  #found: FoundTakes | undefined;

  constructor(names: TakeNames, disk: StoredRecordings) {
    this.#names = names;
    this.#disk = disk;
  }

  /** All that was found, until it is known what becomes of it. */
  get undecided(): readonly string[] {
    return this.#found?.all ?? [];
  }

  /**
   * Finds the takes.
   * @param there the names of the takes that are there (find-takes.ts)
   * @param standing what the earlier daemon has noted; nothing if it had no time to
   * @returns the one that was the message so far
   */
  find(there: readonly string[], standing: Standing | undefined): string | undefined {
    this.#found = this.#names.find(there, standing);
    return this.#found.stored;
  }

  /**
   * The take that is being made, or has ended and is not settled, if there is one.
   * @throws AriError if Asterisk does not say; then it is to be called again
   */
  async open(): Promise<OpenTake | undefined> {
    // It may have begun when all were looked for already.
    if (await this.#disk.isLive(this.#names.next)) return { name: this.#names.use(), end: undefined };
    if (this.#found?.newest === undefined) return undefined;
    const { newest, stored, isOurs, isSettled } = this.#found;
    if (await this.#disk.isLive(newest)) return { name: newest, end: undefined };
    if (newest === stored) return undefined;
    if (isOurs && !isSettled) return { name: newest, end: await this.#disk.endOf(newest) };
    if (!stored) this.#names.nextMessage();
    return undefined;
  }

  /** Counts what is not in `held`: it stays, and nobody else would count it. */
  count(held: readonly string[]): void {
    const all = this.undecided;
    this.#found = undefined;
    for (const name of all) if (!held.includes(name)) this.#disk.count(name);
  }
}
