/**
 * Legs and bridges of conversations whose caller is gone: an earlier daemon has left them, or they were answered too
 * late. Nobody else would hang up such a phone, or remove such a bridge.
 */
import type { AriPort } from './ari/ari-port.ts';
import { callerOfBridge, callerOfLeg } from './call/conversation-ids.ts';
import { insist } from './call/retry.ts';
import type { Logger } from './log.ts';

export interface OrphansOptions {
  readonly ari: AriPort;
  readonly log: Logger;
}

export class Orphans {
  readonly #options: OrphansOptions;
  readonly #removing = new Set<string>();

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /**
   * Removes all that have no caller. Does not wait until they are gone.
   * @param channelIds all channels of the application
   * @param bridgeIds all of its bridges
   * @param isCalled whether there is a call that began with this channel, and removes what it has
   */
  remove(
    channelIds: readonly string[],
    bridgeIds: readonly string[],
    isCalled: (channelId: string) => boolean,
  ): void {
    const isOrphan = (caller: string | undefined) => caller !== undefined && !isCalled(caller);
    for (const id of channelIds) if (isOrphan(callerOfLeg(id))) this.hangUp(id);
    for (const id of bridgeIds) if (isOrphan(callerOfBridge(id))) this.#destroy(id);
  }

  /** Hangs up a leg without a call, and insists. */
  hangUp(leg: string): void {
    void this.#remove(leg, () => this.#options.ari.hangup(leg));
  }

  #destroy(bridge: string): void {
    void this.#remove(bridge, () => this.#options.ari.destroyBridge(bridge));
  }

  async #remove(id: string, operation: () => Promise<void>): Promise<void> {
    if (this.#removing.has(id)) return;
    this.#removing.add(id);
    const { log } = this.#options;
    log.info({ orphan: id }, 'Removing what is left of a conversation');
    await insist(operation, (error) => {
      log.warn({ err: error, orphan: id }, 'Could not remove what is left of a conversation: trying again');
      return true;
    });
    this.#removing.delete(id);
  }
}
