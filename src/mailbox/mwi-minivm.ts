/**
 * Message waiting by MinivmMWI(), for the Asterisks that have no /mailboxes, which are most: a call into the
 * shipped dialplan's context [vm-mwi] runs it. Counts given so are gone when Asterisk restarts.
 *
 * A call costs Asterisk two channels, and us their events: when many mailboxes change, they share one.
 */
import { isGone } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { MwiBackend, MwiProbe } from './mwi-backend.ts';

const MODULE = 'app_minivm.so';
const DIALPLAN_CONTEXT = 'vm-mwi';
const EXTENSION = 'lamps';

/** From the beginning of a call to that of the next, unless that one is full. Nobody looks at a lamp that closely. */
const GATHER_MS = 250;
const MAILBOXES_IN_A_CALL = 20;

/** Has no messages, and no lamp: a voicemail context of this name would be nobody's. */
const PROBE = { mailbox: 'probe', context: 'vm-record-probe' };

/** What a publish() waits for. */
interface Gathered {
  /** The arguments of MinivmMWI(): mailbox, urgent, new and old messages. */
  readonly lamp: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class MinivmBackend implements MwiBackend {
  readonly name = 'minivm';
  /** Asterisk can not list them. */
  readonly known: readonly string[] = [];
  readonly atOnce = MAILBOXES_IN_A_CALL;
  readonly #ari: AriPort;
  readonly #context: string;
  readonly #gathered: Gathered[] = [];
  #calls = 0;
  /** When the last call began, by performance.now(). */
  #calledAt = -Infinity;
  #nextCall: NodeJS.Timeout | undefined;

  constructor(ari: AriPort, context: string) {
    this.#ari = ari;
    this.#context = context;
  }

  /** The order of two for one mailbox is not certain unless the first has ended, for which callDialplan waits. */
  publish(mailbox: string, newMessages: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ lamp: `${mailbox}@${this.#context},0,${newMessages},0`, resolve, reject });
      this.#callInTime();
    });
  }

  flush(): void {
    while (this.#gathered.length > 0) void this.#call();
  }

  #callInTime(): void {
    clearTimeout(this.#nextCall);
    if (this.#calls > 0 || this.#gathered.length === 0) return;
    const isFull = this.#gathered.length >= MAILBOXES_IN_A_CALL;
    const pause = isFull ? 0 : this.#calledAt + GATHER_MS - performance.now();
    if (pause > 0) this.#nextCall = setTimeout(() => void this.#call(), pause);
    else void this.#call();
  }

  async #call(): Promise<void> {
    clearTimeout(this.#nextCall);
    const together = this.#gathered.splice(0, MAILBOXES_IN_A_CALL);
    const variables = Object.fromEntries(together.map(({ lamp }, n) => [`VM_LAMP_${n + 1}`, lamp]));
    this.#calledAt = performance.now();
    this.#calls += 1;
    try {
      await this.#ari.callDialplan(EXTENSION, DIALPLAN_CONTEXT, variables);
      for (const { resolve } of together) resolve();
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
    this.#calls -= 1;
    this.#callInTime();
  }
}

/** @throws AriError if Asterisk says neither yes nor no */
export async function probeMinivm(ari: AriPort, context: string): Promise<MwiProbe> {
  return { backend: new MinivmBackend(ari, context), missing: await findMissing(ari) };
}

async function findMissing(ari: AriPort): Promise<string | undefined> {
  try {
    const status = await ari.getModuleStatus(MODULE);
    if (status !== 'Running') return `${MODULE} is loaded, but not running`;
  } catch (error) {
    if (!isGone(error)) throw error;
    return `${MODULE} is not loaded`;
  }
  try {
    await new MinivmBackend(ari, PROBE.context).publish(PROBE.mailbox, 0);
  } catch (error) {
    if (!isGone(error)) throw error;
    return `the dialplan has no working context [${DIALPLAN_CONTEXT}]: #include extensions-vm-record.conf`;
  }
  return undefined;
}
