/**
 * Whether a mailbox takes one message more: `VM_MAX_MESSAGES`. Those count that lie there, and those that calls in
 * progress may leave there yet: else as many callers as come at once would be let in. What a call takes is told by
 * where it stands, so there is nothing that it could forget to give back.
 */
import type { MessageCount } from './stored-recordings.ts';

export interface MailboxRoomOptions {
  readonly config: { readonly maxMessages: number };
  readonly mailbox: string;
  readonly index: MessageCount;
  /** How many messages all calls in progress, this one included, may leave in a mailbox yet. */
  readonly reserved: (mailbox: string) => number;
}

export class MailboxRoom {
  readonly #options: MailboxRoomOptions;
  /** Whether the caller was asked to speak. */
  #isLetIn = false;
  #copyTarget: string | undefined;

  constructor(options: MailboxRoomOptions) {
    this.#options = options;
  }

  get isLetIn(): boolean {
    return this.#isLetIn;
  }

  /** Lets the caller leave a message, unless the mailbox is full. Whoever is in stays in. */
  enter(): boolean {
    this.#isLetIn ||= this.has(this.#options.mailbox);
    return this.#isLetIn;
  }

  /** An earlier daemon has let the caller in. */
  enterAgain(): void {
    this.#isLetIn = true;
  }

  has(mailbox: string): boolean {
    const { config, index, reserved } = this.#options;
    const { maxMessages } = config;
    return maxMessages === 0 || index.count(mailbox) + reserved(mailbox) < maxMessages;
  }

  /** Takes room in another mailbox as long as a copy is being made. */
  async copying<T>(target: string, copy: () => Promise<T>): Promise<T> {
    this.#copyTarget = target;
    try {
      return await copy();
    } finally {
      this.#copyTarget = undefined;
    }
  }

  /** How many copies are being made to a mailbox. */
  copiesTo(mailbox: string): number {
    return Number(mailbox === this.#copyTarget);
  }
}
