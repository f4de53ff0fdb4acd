/**
 * The self-check: what would not work with this Asterisk as it is installed, found out at each connect and not by the
 * first caller. One line each in the log, which says how to mend it.
 */
import type { AriPort, StoredRecordingInfo } from '../ari/ari-port.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Finding } from './finding.ts';
import { checkLinks } from './links.ts';
import { BRIDGE_MEDIA, findingOf, findMissing } from './modules.ts';
import { checkStorage } from './storage.ts';
import type { Trial } from './trial-recording.ts';

export interface SelfCheckOptions {
  readonly ari: AriPort;
  /** Name of the Stasis application: two daemons don't get in each other's way. */
  readonly app: string;
  readonly config: Config;
  readonly log: Logger;
}

export class SelfCheck {
  readonly #trial: Trial;
  readonly #log: Logger;
  readonly #told = new Set<string>();

  constructor({ ari, app, config, log }: SelfCheckOptions) {
    this.#trial = { ari, id: `${app.replaceAll('.', '-')}-self-check`, format: config.format };
    this.#log = log;
  }

  /** To be called at each connect: what was told before is told again. */
  connecting(): void {
    this.#told.clear();
  }

  /**
   * Checks what every call needs.
   * @returns why no message could be kept; nothing if it could
   * @throws AriError if Asterisk does not answer
   */
  async run(): Promise<string | undefined> {
    const { ari } = this.#trial;
    const missing = await findMissing(ari);
    const findings = missing.map(findingOf);
    if (!missing.includes(BRIDGE_MEDIA)) findings.push(...(await checkStorage(this.#trial)));
    this.#tell(findings);
    return findings.find(({ keepsNothing }) => keepsNothing)?.what;
  }

  /**
   * Checks the mailboxes that have messages.
   * @param listed all messages
   * @throws AriError if Asterisk does not answer
   */
  async checkMailboxes(listed: readonly StoredRecordingInfo[]): Promise<void> {
    this.#tell(await checkLinks(this.#trial, listed));
  }

  #tell(findings: readonly Finding[]): void {
    for (const { what, mend, keepsNothing } of findings) {
      if (this.#told.has(what)) continue;
      this.#told.add(what);
      this.#log[keepsNothing ? 'error' : 'warn']({ mend }, `Self-check: ${what}`);
    }
  }
}
