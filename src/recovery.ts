/**
 * Recovery: after each connect, everything that the daemon knows is read back from Asterisk, and what happened
 * while nobody was there is put in order. Asterisk is the database.
 */
import { AriError } from './ari/ari-error.ts';
import type { AriPort, StoredRecordingInfo } from './ari/ari-port.ts';
import type { CallRouter } from './call-router.ts';
import { settleAbandonedTakes } from './call/abandoned-takes.ts';
import { StoredRecordings } from './call/stored-recordings.ts';
import type { Config } from './config.ts';
import { repairMessages } from './crash-repair.ts';
import type { Logger } from './log.ts';
import { isMessage, type MessageIndex } from './mailbox/message-index.ts';

export interface RecoveryOptions {
  readonly ari: AriPort;
  readonly router: CallRouter;
  readonly index: MessageIndex;
  readonly config: Config;
  readonly log: Logger;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  #areSettled = false;
  #listed: readonly StoredRecordingInfo[] = [];
  /** When the Asterisk was started whose messages have been looked at, in epoch ms. */
  #repairedFor: number | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /**
   * Takes up the calls, and counts the messages.
   * @param isCurrent whether the connection is still the one for which it is called
   * @returns whether all calls could be taken up; if not, it is to be called again
   * @throws AriError if Asterisk does not answer, or the connection is another: the same
   */
  async takeUpCalls(isCurrent: () => boolean): Promise<boolean> {
    const { ari, router, index } = this.#options;
    let isComplete = false;
    this.#listed = await index.load(ari, async (names) => {
      if (!isCurrent()) throw new AriError('the connection was lost meanwhile');
      isComplete = await router.takeUp(names);
      return router.undecided();
    });
    return isComplete;
  }

  /**
   * Counts the messages once more, for those that the dialplan has begun to take just before the connect.
   * @throws AriError if Asterisk does not answer
   */
  async countLatecomers(): Promise<void> {
    const { ari, router, index } = this.#options;
    await index.load(ari, () => Promise.resolve(router.undecided()));
  }

  /**
   * Settles the calls that ended while no daemon was there; only a new one has such calls. To be called after
   * {@link takeUpCalls}.
   * @throws AriError if Asterisk does not say what it needs; then it is to be called again
   */
  async settleCalls(): Promise<void> {
    if (this.#areSettled) return;
    const { router, config, ...options } = this.#options;
    const disk = new StoredRecordings({ ...options, format: config.format, log: () => options.log });
    const names = this.#listed.map(({ name }) => name).filter(isMessage);
    await settleAbandonedTakes(names, router.undecided(), disk, config);
    this.#areSettled = true;
  }

  /**
   * Repairs messages if Asterisk has been started since the last time. To be called after {@link takeUpCalls}.
   * @throws AriError if Asterisk does not answer
   */
  async repair(): Promise<void> {
    const { ari, log } = this.#options;
    const startedAt = await ari.getStartupTime();
    if (startedAt === this.#repairedFor) return;
    if (await repairMessages(ari, this.#listed, startedAt, log)) this.#repairedFor = startedAt;
  }
}
