/** What a call asks of Asterisk about recordings that are stored, and what it does when the answer is no answer. */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import { ONCE_MORE, retry } from './retry.ts';

/** Keeps count of what is a message, and what is none (src/mailbox/message-index.ts). */
export interface MessageCount {
  add(name: string): void;
  remove(name: string): void;
}

export interface StoredRecordingsOptions {
  readonly ari: AriPort;
  readonly index: MessageCount;
  /** The call's log, as of now. */
  readonly log: () => Logger;
}

export class StoredRecordings {
  readonly #ari: AriPort;
  readonly #index: MessageCount;
  readonly #log: () => Logger;
  /** Deletions under way. */
  readonly #deletions = new Set<Promise<void>>();

  constructor({ ari, index, log }: StoredRecordingsOptions) {
    this.#ari = ari;
    this.#index = index;
    this.#log = log;
  }

  /** Whether there is a recording of this name, finished or not; `unknown` if Asterisk did not say in time. */
  async look(name: string): Promise<'there' | 'gone' | 'unknown'> {
    try {
      await retry(() => this.#ari.getStoredRecording(name), ONCE_MORE);
      return 'there';
    } catch (error) {
      if (isGone(error)) return 'gone';
      this.#log().error({ err: error, recording: name }, 'Could not look for the stored recording');
      return 'unknown';
    }
  }

  /** Whether a recording of this name is being made. */
  async isLive(name: string): Promise<boolean> {
    return this.#ari.getLiveRecording(name).then(
      () => true,
      () => false,
    );
  }

  /** Deletes what is not readable: an empty file, or one of nothing but zeros. In doubt, it is. */
  async isReadable(name: string): Promise<boolean> {
    try {
      const file = await retry(() => this.#ari.getStoredRecordingFile(name), ONCE_MORE);
      if (file.some((byte) => byte !== 0)) return true;
      this.#log().error({ recording: name }, 'Recording has no content: is the disk full?');
    } catch (error) {
      if (!isGone(error)) {
        this.#log().error({ err: error, recording: name }, 'Could not read the stored recording');
        return true;
      }
    }
    this.delete(name);
    return false;
  }

  /** Copies a recording to a new name; answers whether it is there now. */
  async copy(name: string, copy: string): Promise<boolean> {
    try {
      await this.#ari.copyStoredRecording(name, copy);
    } catch (error) {
      if (error instanceof AriError && error.status === 409) {
        this.#index.add(copy);
        return true; // it is there already
      }
      this.#log().error({ err: error, recording: name, copy }, 'Could not copy recording');
      // Half a copy may be there, or a whole one of which we were not told: the caller hears that there is none.
      this.delete(copy);
      await this.deleted();
      return false;
    }
    this.#log().info({ recording: name, copy }, 'Copied recording');
    this.#index.add(copy);
    return true;
  }

  /** It is a message, and there to stay. */
  count(name: string): void {
    this.#index.add(name);
  }

  /** Begins to delete: no caller has to wait for it. */
  delete(name: string): void {
    this.#index.remove(name);
    const deletion = this.#deleteNow(name).finally(() => this.#deletions.delete(deletion));
    this.#deletions.add(deletion);
  }

  /** Resolves when everything that was to be deleted is, or cannot be. */
  async deleted(): Promise<void> {
    await Promise.all(this.#deletions);
  }

  async #deleteNow(name: string): Promise<void> {
    try {
      await retry(() => this.#ari.deleteStoredRecording(name));
      this.#log().info({ recording: name }, 'Discarding stored recording');
    } catch (error) {
      if (!isGone(error)) this.#log().error({ err: error, recording: name }, 'Could not delete recording');
    }
  }
}
