/**
 * Recovery: after each connect, everything that the daemon knows is read back from Asterisk, and what happened
 * while nobody was there is put in order. Asterisk is the database.
 *
 * First the calls, whatever the disk is like: a caller can't wait. Then what needs the list of all recordings.
 */
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
  /** Messages of this daemon's own calls, which have settled their takes, from before all were listed. */
  #own: ReadonlySet<string> | undefined;
  /** When the Asterisk was started whose messages have been looked at, in epoch ms. */
  #repairedFor: number | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /**
   * Takes up the calls.
   * @returns whether all could be taken up; if not, it is to be called again
   * @throws AriError if Asterisk does not answer, or the connection is lost meanwhile: the same
   */
  takeUpCalls(): Promise<boolean> {
    return this.#options.router.takeUp();
  }

  /**
   * Counts the messages. Not before {@link takeUpCalls}: the takes of calls in progress are no messages yet.
   * @returns all messages, and all recordings of conversations
   * @throws AriError if Asterisk does not answer
   */
  countMessages(): Promise<StoredRecordingInfo[]> {
    const { ari, router, index } = this.#options;
    return index.load(ari, () => {
      this.#own ??= new Set(index.names());
      return router.undecided();
    });
  }

  /**
   * Settles the calls that ended while no daemon was there; only a new one has such calls. To be called after
   * {@link takeUpCalls}.
   * @param listed what {@link countMessages} has found
   * @throws AriError if Asterisk does not say what it needs; then it is to be called again
   */
  async settleCalls(listed: readonly StoredRecordingInfo[]): Promise<void> {
    if (this.#areSettled) return;
    const { router, config, ...options } = this.#options;
    const disk = new StoredRecordings({ ...options, format: config.format, log: () => options.log });
    const names = listed.map(({ name }) => name).filter(isMessage);
    const decided = new Set([...router.undecided(), ...(this.#own ?? [])]);
    await settleAbandonedTakes(names, decided, disk, config);
    this.#areSettled = true;
  }

  /**
   * Repairs messages if Asterisk has been started since the last time.
   * @param listed what {@link countMessages} has found
   * @throws AriError if Asterisk does not answer
   */
  async repair(listed: readonly StoredRecordingInfo[]): Promise<void> {
    const { ari, log } = this.#options;
    const startedAt = await ari.getStartupTime();
    if (startedAt === this.#repairedFor) return;
    if (await repairMessages(ari, listed, startedAt, log)) this.#repairedFor = startedAt;
  }
}
