/** What a call asks of Asterisk about recordings that are stored, and what it does when the answer is no answer. */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort, LiveRecordingInfo } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import { type RecordedSound, SoundReader } from './recorded-sound.ts';
import { ONCE_MORE, retry, unlessGone } from './retry.ts';

/** Keeps count of what is a message, and what is none (src/mailbox/message-index.ts). */
export interface MessageCount {
  add(name: string): void;
  remove(name: string): void;
  /** Whether it is a message, as far as is known. */
  has(name: string): boolean;
  /** The number of messages in a mailbox, as far as is known. */
  count(mailbox: string): number;
}

export interface StoredRecordingsOptions {
  readonly ari: AriPort;
  readonly index: MessageCount;
  /** In which recordings are made: Asterisk's file extension. */
  readonly format: string;
  /** The call's log, as of now. */
  readonly log: () => Logger;
}

const keptVariable = (message: string) => `VM_KEPT_${message}`;

export class StoredRecordings {
  readonly #ari: AriPort;
  readonly #index: MessageCount;
  readonly #format: string;
  readonly #log: () => Logger;
  /** Deletions under way, and what they delete. */
  readonly #deletions = new Map<Promise<void>, string>();

  constructor({ ari, index, format, log }: StoredRecordingsOptions) {
    this.#ari = ari;
    this.#index = index;
    this.#format = format;
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

  /**
   * Whether a recording of this name is being made.
   * @throws AriError if Asterisk does not say
   */
  async isLive(name: string): Promise<boolean> {
    return (await unlessGone(() => this.#ari.getLiveRecording(name), ONCE_MORE)) !== undefined;
  }

  /** True also when Asterisk does not answer. */
  mayBeLive(name: string): Promise<boolean> {
    return this.isLive(name).catch(() => true);
  }

  /** The names of those that are being deleted. */
  get deleting(): Iterable<string> {
    return this.#deletions.values();
  }

  /** What is in a stored recording; `unknown` if Asterisk did not say. */
  async read(name: string): Promise<RecordedSound | 'gone' | 'unknown'> {
    try {
      const sound = await unlessGone(async () => {
        const reader = new SoundReader(this.#format);
        await this.#ari.getStoredRecordingFile(name, reader.take);
        return reader.end();
      }, ONCE_MORE);
      return sound ?? 'gone';
    } catch (error) {
      this.#log().error({ err: error, recording: name }, 'Could not read the stored recording');
      return 'unknown';
    }
  }

  /** The end of a recording that nobody was told of, as far as its file tells. */
  async endOf(name: string): Promise<LiveRecordingInfo> {
    const sound = await this.read(name);
    const seconds = typeof sound === 'object' ? sound.seconds : undefined;
    const info = { name, target_uri: '', state: 'done' };
    return seconds === undefined ? info : { ...info, duration: Math.floor(seconds) };
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

  /**
   * All takes of a message are to stay, because nobody can say which is the better: a note for the next daemon, which
   * Asterisk keeps until it is restarted.
   */
  async keepAll(message: string): Promise<void> {
    try {
      await retry(() => this.#ari.setGlobalVar(keptVariable(message), '1'));
    } catch (error) {
      this.#log().warn({ err: error, recording: message }, 'Could not note that all takes are kept');
    }
  }

  /**
   * Whether an earlier daemon has noted so.
   * @throws AriError if Asterisk does not say
   */
  async areAllKept(message: string): Promise<boolean> {
    return (await retry(() => this.#ari.getGlobalVar(keptVariable(message)), ONCE_MORE)) !== '';
  }

  /** It is a message, and there to stay. */
  count(name: string): void {
    this.#index.add(name);
  }

  /** Begins to delete: no caller has to wait for it. */
  delete(name: string): void {
    this.#index.remove(name);
    const deletion = this.#deleteNow(name).finally(() => this.#deletions.delete(deletion));
    this.#deletions.set(deletion, name);
  }

  /** Resolves when everything that was to be deleted is, or cannot be. */
  async deleted(): Promise<void> {
    await Promise.all(this.#deletions.keys());
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
