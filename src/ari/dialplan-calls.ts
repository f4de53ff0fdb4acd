/**
 * Calls that the daemon itself makes into the dialplan, to have an application run there. Asterisk answers
 * such a request before the dialplan has run, so only the end of the call tells whether, and when, it did.
 */
import { randomUUID } from 'node:crypto';
import { AriError } from './ari-error.ts';
import type { AriEvent } from './ari-port.ts';

/** By its id, a call of ours is known from one of a caller, even by the daemon's successor. */
const ID_PREFIX = 'vm-record-dialplan-';

/** Hangup cause of a call whose extension ran to its Hangup(). No such extension, or a failed application: 0. */
const NORMAL_CLEARING = 16;

/** A few lines of dialplan run in a millisecond. */
const END_LIMIT_MS = 5_000;

export interface DialplanCall {
  readonly channelId: string;
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Whether this is the channel of such a call (either half), and no caller's. */
export function isDialplanCall(channelId: string): boolean {
  return channelId.startsWith(ID_PREFIX);
}

export class DialplanCalls {
  readonly #originate: (call: DialplanCall) => Promise<unknown>;
  readonly #ends = new Map<string, (cause: number | undefined) => void>();

  constructor(originate: (call: DialplanCall) => Promise<unknown>) {
    this.#originate = originate;
  }

  /**
   * Calls `extension`, and waits until its dialplan has run to its Hangup().
   * @throws AriError with status 404 if there is no such extension, or if it could not do its work
   */
  async call(extension: string, context: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const channelId = ID_PREFIX + randomUUID();
    let limit: NodeJS.Timeout | undefined;
    // From before the request on: the end may be told before the request is answered.
    const ended = new Promise<number | undefined>((resolve) => {
      this.#ends.set(channelId, resolve);
      limit = setTimeout(() => resolve(undefined), END_LIMIT_MS);
    });
    try {
      await this.#originate({ channelId, endpoint: `Local/${extension}@${context}/n`, variables });
      const cause = await ended;
      if (cause === undefined) throw new AriError(`nothing was heard of the end of a call to [${context}]`);
      if (cause !== NORMAL_CLEARING) {
        throw new AriError(`a call to ${extension} in [${context}] failed with cause ${cause}`, 404);
      }
    } finally {
      clearTimeout(limit);
      this.#ends.delete(channelId);
    }
  }

  /** Takes any event; true if it concerned a call of ours, and nobody else has to see it. */
  take(event: AriEvent & { readonly cause?: number }): boolean {
    if (!('channel' in event) || !isDialplanCall(event.channel.id)) return false;
    if (event.type === 'ChannelDestroyed') this.#ends.get(event.channel.id)?.(event.cause ?? 0);
    return true;
  }

  /** No more events will come. */
  close(): void {
    for (const end of this.#ends.values()) end(undefined);
  }
}
