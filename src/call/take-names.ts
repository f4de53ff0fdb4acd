/**
 * The names of a message's takes: `<id>`, `<id>-2`, ... Each is used once in a call, so that late events can't be
 * mixed up. A channel that enters the application again leaves another message, `<id>-m2`.
 */
import { laterMessageId, type NamedTake, numberedName, recordingName, takesOf } from '../mailbox/names.ts';
import type { Standing } from './standing.ts';

/** The takes by which an earlier message of the channel is found; nobody redoes one more often. */
const MOST_TAKES = 50;

/** What of a message is there already. */
export interface FoundTakes {
  /** All of its takes, in order. */
  readonly all: readonly string[];
  /** The newest take, if there is one. */
  readonly newest: string | undefined;
  /** The one that was the message so far. */
  readonly stored: string | undefined;
  /** Whether the newest take belongs to this call for certain. */
  readonly isOurs: boolean;
  /** Whether the takes are all settled: what is newer than the message was kept beside it. */
  readonly isSettled: boolean;
}

export class TakeNames {
  readonly #mailbox: string;
  readonly #id: string;
  /** Which message of this channel it is. */
  #message = 1;
  #takes = 0;

  /**
   * @param id the message's id, from the channel (src/mailbox/names.ts)
   * @param isKnown whether a recording is a message already
   */
  constructor(mailbox: string, id: string, isKnown: (name: string) => boolean) {
    this.#mailbox = mailbox;
    this.#id = id;
    while (this.#isKnown(isKnown)) this.nextMessage();
  }

  #isKnown(isKnown: (name: string) => boolean): boolean {
    const { message } = this;
    for (let take = 1; take <= MOST_TAKES; take++) if (isKnown(numberedName(message, take))) return true;
    return false;
  }

  /** The name of the first take, by which the message is known. */
  get message(): string {
    return this.#nameOf(1);
  }

  /** The name of the next take. */
  get next(): string {
    return this.#nameOf(this.#takes + 1);
  }

  /** Uses the next name. */
  use(): string {
    const { next } = this;
    this.#takes += 1;
    return next;
  }

  /** The name that was used is taken: if it is the first, the channel has left a message before that is not known. */
  taken(): void {
    if (this.#takes === 1) this.nextMessage();
  }

  /** All that is there belongs to earlier messages of the channel. */
  nextMessage(): void {
    this.#message += 1;
    this.#takes = 0;
  }

  /**
   * Goes on after the takes that an earlier daemon has made.
   * @param there the names of the takes that are there (find-takes.ts)
   * @param standing what that daemon has noted; nothing if it had no time to
   */
  find(there: readonly string[], standing: Standing | undefined): FoundTakes {
    const all = takesOf(this.#mailbox, this.#id, there);
    const named = (name: string | undefined) => all.find((take) => take.name === name);
    const told = named(standing?.take) ?? named(standing?.stored);
    const noted = standing?.take ?? standing?.stored;
    const [next] = noted === undefined ? [] : takesOf(this.#mailbox, this.#id, [noted]);
    const { message = 1 }: Partial<NamedTake> = next ?? all.at(-1) ?? {};
    const takes = all.filter((take) => take.message === message);
    const newest = takes.at(-1);
    this.#message = message;
    this.#takes = newest?.take ?? 0;
    return {
      all: takes.map(({ name }) => name),
      newest: newest?.name,
      stored: told && named(standing?.stored)?.name,
      isOurs: told !== undefined || standing === undefined,
      isSettled: standing !== undefined && standing.state !== 'taking' && standing.state !== 'paused',
    };
  }

  #nameOf(take: number): string {
    return recordingName(this.#mailbox, laterMessageId(this.#id, this.#message), take);
  }
}
