/**
 * Legs and bridges of conversations whose caller is gone: an earlier daemon has left them, or they were answered too
 * late. Nobody else would hang up such a phone, or remove such a bridge.
 */
import { isGone } from './ari/ari-error.ts';
import type { AriPort } from './ari/ari-port.ts';
import { callerOfBridge, callerOfLeg } from './call/conversation-ids.ts';
import { retry } from './call/retry.ts';
import type { Logger } from './log.ts';

export interface OrphansOptions {
  readonly ari: AriPort;
  /** Name of the Stasis application. */
  readonly app: string;
  readonly log: Logger;
}

export class Orphans {
  readonly #options: OrphansOptions;

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /**
   * Removes all that have no caller. Does not wait until they are gone.
   * @param channelIds all channels of the application
   * @param isCalled whether there is a call of this channel, which removes what it has
   * @throws AriError if Asterisk does not say which there are
   */
  async remove(channelIds: readonly string[], isCalled: (channelId: string) => boolean): Promise<void> {
    const { ari, app } = this.#options;
    const present = new Set(channelIds);
    const isOrphan = (caller: string | undefined) =>
      caller !== undefined && !present.has(caller) && !isCalled(caller);
    for (const id of channelIds) if (isOrphan(callerOfLeg(id))) this.hangUp(id);
    for (const id of await ari.getApplicationBridges(app))
      if (isOrphan(callerOfBridge(id))) this.#destroy(id);
  }

  /** Hangs up a leg without a call. */
  hangUp(leg: string): void {
    void this.#try(() => this.#options.ari.hangup(leg), { leg });
  }

  #destroy(bridge: string): void {
    void this.#try(() => this.#options.ari.destroyBridge(bridge), { bridge });
  }

  async #try(operation: () => Promise<void>, what: object): Promise<void> {
    const { log } = this.#options;
    log.info(what, 'Removing what is left of a conversation');
    try {
      await retry(operation);
    } catch (error) {
      if (!isGone(error))
        log.error({ err: error, ...what }, 'Could not remove what is left of a conversation');
    }
  }
}
