/** Message waiting by ARI's /mailboxes, whose counts Asterisk keeps in its database, even over a restart. */
import { isGone } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { MwiBackend, MwiProbe } from './mwi-backend.ts';
import { isMailbox } from './names.ts';

class MailboxesBackend implements MwiBackend {
  readonly name = 'mailboxes';
  /** Each is a request of its own. */
  readonly atOnce = 4;
  readonly known: readonly string[];
  readonly #ari: AriPort;
  readonly #context: string;

  /** @param names of the mailboxes that Asterisk has, as `305@default` */
  constructor(ari: AriPort, context: string, names: readonly string[]) {
    this.#ari = ari;
    this.#context = context;
    const ending = `@${context}`;
    this.known = names
      .filter((name: unknown) => typeof name === 'string' && name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .filter(isMailbox);
  }

  publish(mailbox: string, newMessages: number): Promise<void> {
    return this.#ari.updateMailbox(`${mailbox}@${this.#context}`, newMessages);
  }

  /** Nothing is held back. */
  flush(): void {}
}

/** @throws AriError if Asterisk says neither yes nor no */
export async function probeMailboxes(ari: AriPort, context: string): Promise<MwiProbe> {
  try {
    const names = await ari.listMailboxes();
    return { backend: new MailboxesBackend(ari, context, names), missing: undefined };
  } catch (error) {
    if (!isGone(error)) throw error;
    const missing = 'res_ari_mailboxes.so (with res_stasis_mailbox.so, res_mwi_external.so) is not loaded';
    return { backend: new MailboxesBackend(ari, context, []), missing };
  }
}
