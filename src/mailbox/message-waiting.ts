/**
 * Message waiting: sees to it that Asterisk knows the count of every mailbox, in order, whatever fails on
 * the way. What is sent is always the count of that moment, so updates that come at once become one.
 */
import type { Logger } from '../log.ts';
import type { MessageIndex } from './message-index.ts';
import type { MwiBackend } from './mwi-backend.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

interface Failure {
  readonly times: number;
  readonly retry: NodeJS.Timeout;
}

export interface MessageWaitingOptions {
  readonly index: MessageIndex;
  /** Mailboxes that exist (VM_MAILBOXES), of which a lamp may be lit for no reason any more. */
  readonly mailboxes: Iterable<string>;
  readonly log: Logger;
}

export class MessageWaiting {
  readonly #index: MessageIndex;
  readonly #mailboxes: Iterable<string>;
  readonly #log: Logger;
  #backend: MwiBackend | undefined;
  /** Mailboxes to be published, in the order in which they changed. */
  readonly #due = new Set<string>();
  readonly #sending = new Set<string>();
  /** Mailboxes whose last publishing failed. */
  readonly #failing = new Map<string, Failure>();

  /** From now on, whatever changes in the index is published. */
  constructor({ index, mailboxes, log }: MessageWaitingOptions) {
    this.#index = index;
    this.#mailboxes = mailboxes;
    this.#log = log;
    index.onChange = (mailbox) => this.changed(mailbox);
  }

  /** To be called after each connect: publishes every count, and from then on each change, by `backend`, if any. */
  publishAll(backend: MwiBackend | undefined): void {
    if (!backend) return this.stop();
    this.#backend?.flush();
    this.#backend = backend;
    const mailboxes = [this.#index.mailboxes(), this.#mailboxes, backend.known];
    for (const some of mailboxes) for (const mailbox of some) this.#due.add(mailbox);
    this.#sendDue();
  }

  /** The count of a mailbox has changed. */
  changed(mailbox: string): void {
    if (!this.#backend) return;
    this.#due.add(mailbox);
    this.#sendDue();
  }

  /** Publishes nothing any more, until the next publishAll(). What is under way is not waited for. */
  stop(): void {
    this.#backend?.flush();
    this.#backend = undefined;
    this.#due.clear();
    for (const { retry } of this.#failing.values()) clearTimeout(retry);
    this.#failing.clear();
  }

  #sendDue(): void {
    for (const mailbox of this.#due) {
      if (!this.#backend || this.#sending.size >= this.#backend.atOnce) return;
      // Its turn comes when the one that is under way has ended: two at once could overtake each other.
      if (this.#sending.has(mailbox)) continue;
      this.#due.delete(mailbox);
      void this.#send(this.#backend, mailbox);
    }
  }

  async #send(backend: MwiBackend, mailbox: string): Promise<void> {
    this.#sending.add(mailbox);
    clearTimeout(this.#failing.get(mailbox)?.retry);
    const newMessages = this.#index.count(mailbox);
    try {
      await backend.publish(mailbox, newMessages);
      this.#log.debug({ mailbox, newMessages }, 'Message waiting published');
      this.#worked(mailbox);
    } catch (error) {
      this.#failed(mailbox, error);
    }
    this.#sending.delete(mailbox);
    this.#sendDue();
  }

  #worked(mailbox: string): void {
    if (this.#failing.delete(mailbox) && this.#failing.size === 0) {
      this.#log.info('Message waiting works again');
    }
  }

  /** One warning when it begins, however many mailboxes and attempts there will be. */
  #failed(mailbox: string, error: unknown): void {
    if (!this.#backend) return;
    const level = this.#failing.size === 0 ? 'warn' : 'debug';
    this.#log[level]({ mailbox, err: error }, 'Could not publish message waiting: trying again');
    const times = (this.#failing.get(mailbox)?.times ?? 0) + 1;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (times - 1));
    this.#failing.set(mailbox, { times, retry: setTimeout(() => this.changed(mailbox), pause) });
  }
}
