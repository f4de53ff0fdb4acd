/**
 * The messages of each mailbox: read from Asterisk now and then, and kept up to date in between, so that
 * the cost of a message does not grow with the number of those stored. Asterisk remains the database.
 */
import type { AriPort, StoredRecordingInfo } from '../ari/ari-port.ts';
import { isMailbox } from './names.ts';

/** A recording of ours (src/mailbox/names.ts); whatever else lies about is none, least of all what is no file. */
const RECORDING = /^voicemail\/([^/]+)\/(INBOX|Conversations)\/[^/.\p{Cc}][^/\p{Cc}]{0,254}$/u;

export class MessageIndex {
  /** Called with a mailbox whenever its count has changed. */
  onChange: (mailbox: string) => void = () => {};
  /** Called whenever a recording has become a message; not for those that a load finds. */
  onAdd: () => void = () => {};
  #names = new Set<string>();
  /** By mailbox. One that has become empty stays, with 0: its lamp must be cleared. */
  #counts = new Map<string, number>();
  /** For each load under way: what was added (true) or removed since it began. */
  readonly #journals = new Set<Map<string, boolean>>();

  /** The number of messages in all mailboxes. */
  get size(): number {
    return this.#names.size;
  }

  /** The number of messages in a mailbox. */
  count(mailbox: string): number {
    return this.#counts.get(mailbox) ?? 0;
  }

  /** Whether this recording is a message. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** All messages. */
  names(): Iterable<string> {
    return this.#names;
  }

  /** The mailboxes that have messages, or had some in this process's life. */
  mailboxes(): Iterable<string> {
    return this.#counts.keys();
  }

  /** A recording has become a message. */
  add(name: string): void {
    this.#record(name, true);
    const mailbox = mailboxOf(name);
    if (!mailbox || this.#names.has(name)) return;
    this.#names.add(name);
    this.#setCount(mailbox, this.count(mailbox) + 1);
    this.onAdd();
  }

  /** A recording is deleted, whether it was a message or not. */
  remove(name: string): void {
    this.#record(name, false);
    const mailbox = mailboxOf(name);
    if (!mailbox || !this.#names.delete(name)) return;
    this.#setCount(mailbox, this.count(mailbox) - 1);
  }

  /**
   * Reads all messages anew. What is added and removed meanwhile counts more than Asterisk's answer, which
   * may be from before or after it.
   * @param undecided asked when Asterisk has answered: which recordings belong to calls that have not decided on
   *   them? Asterisk lists files as soon as they exist, so such a one is not counted until it is added
   * @returns all messages that are listed, and all recordings of conversations, which nobody counts
   * @throws AriError if Asterisk does not answer; then nothing has changed
   */
  async load(
    ari: Pick<AriPort, 'listStoredRecordings'>,
    undecided: () => ReadonlySet<string>,
  ): Promise<StoredRecordingInfo[]> {
    const journal = new Map<string, boolean>();
    this.#journals.add(journal);
    try {
      const all = await ari.listStoredRecordings();
      const listed = all.filter(({ name }) => partsOf(name));
      const names = listed.map(({ name }) => name).filter(isMessage);
      const open = undecided();
      this.#replace(new Set(names.filter((name) => this.#names.has(name) || !open.has(name))), journal);
      return listed;
    } finally {
      this.#journals.delete(journal);
    }
  }

  #replace(names: Set<string>, journal: ReadonlyMap<string, boolean>): void {
    for (const [name, added] of journal) {
      if (added) names.add(name);
      else names.delete(name);
    }
    const counts = new Map([...this.#counts.keys()].map((mailbox) => [mailbox, 0]));
    for (const name of names) {
      const mailbox = mailboxOf(name);
      if (mailbox) counts.set(mailbox, (counts.get(mailbox) ?? 0) + 1);
      else names.delete(name);
    }
    const before = this.#counts;
    this.#names = names;
    this.#counts = counts;
    for (const [mailbox, count] of counts) {
      if (count !== (before.get(mailbox) ?? 0)) this.onChange(mailbox);
    }
  }

  #record(name: string, added: boolean): void {
    for (const journal of this.#journals) journal.set(name, added);
  }

  #setCount(mailbox: string, count: number): void {
    this.#counts.set(mailbox, count);
    this.onChange(mailbox);
  }
}

/** Whose message it is; undefined if it is none: it may be anything that Asterisk's JSON can hold. */
function mailboxOf(name: unknown): string | undefined {
  const { mailbox, folder } = partsOf(name) ?? {};
  return folder === 'INBOX' ? mailbox : undefined;
}

function partsOf(name: unknown): { mailbox: string; folder: string | undefined } | undefined {
  const [, mailbox, folder] = (typeof name === 'string' && RECORDING.exec(name)) || [];
  return isMailbox(mailbox) ? { mailbox, folder } : undefined;
}

/** Whether a recording is a message, by its name. */
export function isMessage(name: string): boolean {
  return mailboxOf(name) !== undefined;
}
