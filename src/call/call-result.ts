/** How a call ended, as the dialplan is told in channel variables. */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { Assignment } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import type { CallChannel } from './call-channel.ts';

export const REASONS = [
  'accepted',
  'hangup',
  'timeout',
  'discarded',
  'silence',
  'conversation',
  'bad-mailbox',
  'full',
  'storage',
  'error',
] as const;

/** The word in `VMREASON`. */
export type Reason = (typeof REASONS)[number];

export function isReason(word: string | undefined): word is Reason {
  return REASONS.some((reason) => reason === word);
}

/**
 * The channel variables of the contract.
 * @param message the stored recording's name, if there is a message; of a conversation, the latest
 */
export function resultVariables(reason: Reason, message: string | undefined) {
  const failed = message === undefined && reason !== 'conversation';
  const status = reason === 'discarded' ? 'USEREXIT' : failed ? 'FAILED' : 'SUCCESS';
  return { VMSTATUS: status, VMREASON: reason, VM_MESSAGE: message ?? '' };
}

/** Tells the dialplan, time and again, how the call will have ended if it ends now. */
export class ResultTeller {
  readonly #channel: CallChannel;
  readonly #log: () => Logger;
  #toTell: Record<string, string> = {};
  #told = this.#toTell;
  /** To be set along with them. */
  #functions: readonly Assignment[] = [];
  #telling: Promise<void> | undefined;

  constructor(channel: CallChannel, log: () => Logger) {
    this.#channel = channel;
    this.#log = log;
  }

  /**
   * Resolves when it is told, or cannot be: a caller who is gone is not an error.
   * @param variables those of the result, and what else is to be told along with them
   * @param functions dialplan functions of the channel that are set in the same operation
   */
  async tell(variables: Record<string, string>, functions: readonly Assignment[] = []): Promise<void> {
    // Their names are always the same.
    if (Object.values(variables).join() !== Object.values(this.#toTell).join()) this.#toTell = variables;
    this.#functions = [...this.#functions, ...functions];
    await this.#run();
  }

  /** Tells it once more: it may have been told to a channel that is another now. */
  async again(): Promise<void> {
    if (Object.keys(this.#toTell).length === 0) return;
    this.#told = {};
    await this.#run();
  }

  #run(): Promise<void> {
    return (this.#telling ??= this.#tellLatest().finally(() => (this.#telling = undefined)));
  }

  /** Asterisk may refuse once; to wait for an answer a second time would keep the caller waiting. */
  async #set(variables: readonly Assignment[]): Promise<void> {
    try {
      await this.#channel.setVariables(variables);
    } catch (error) {
      if (isGone(error) || !(error instanceof AriError) || error.status === undefined) throw error;
      await this.#channel.setVariables(variables);
    }
  }

  /** One after the other, since two at once could overtake each other; and only the latest. */
  async #tellLatest(): Promise<void> {
    while (this.#told !== this.#toTell || this.#functions.length > 0) {
      this.#told = this.#toTell;
      const functions = this.#functions;
      this.#functions = [];
      try {
        await this.#set([...Object.entries(this.#told), ...functions]);
      } catch (error) {
        if (!isGone(error)) this.#log().warn({ err: error }, 'Could not set channel variables');
      }
    }
  }
}
