/** MwiBackend: a way to tell Asterisk how many messages a mailbox has, so that it lights or clears lamps. */
import type { AriPort } from '../ari/ari-port.ts';

export interface MwiBackend {
  readonly name: 'mailboxes' | 'minivm';
  /** Mailboxes that had a count before this process began, perhaps one that is not true any more. */
  readonly known: readonly string[];
  /** How many publish() may be under way: thousands must leave Asterisk, and our sockets, to the callers. */
  readonly atOnce: number;
  /** Sets the count of a mailbox; resolves when Asterisk has taken it over. There are no old messages. */
  publish(mailbox: string, newMessages: number): Promise<void>;
  /** Sends at once what publish() still holds back. No timer is left then. */
  flush(): void;
}

/** What was found out about a back-end. */
export interface MwiProbe {
  readonly backend: MwiBackend;
  /** What Asterisk lacks for it, in words for the administrator; undefined if it works. */
  readonly missing: string | undefined;
}

/** Finds out whether Asterisk has what a back-end needs. `context` is the voicemail context. */
export type ProbeMwi = (ari: AriPort, context: string) => Promise<MwiProbe>;
