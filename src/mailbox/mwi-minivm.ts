/**
 * Message waiting by MinivmMWI(), for the Asterisks that have no /mailboxes, which are most: a call into the
 * shipped dialplan's context [vm-mwi] runs it. Counts given so are gone when Asterisk restarts.
 */
import { isGone } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { MwiBackend, MwiProbe } from './mwi-backend.ts';

const MODULE = 'app_minivm.so';
const DIALPLAN_CONTEXT = 'vm-mwi';

/** Has no messages, and no lamp: a voicemail context of this name would be nobody's. */
const PROBE = { mailbox: 'probe', context: 'vm-record-probe' };

class MinivmBackend implements MwiBackend {
  readonly name = 'minivm';
  /** Asterisk can not list them. */
  readonly known: readonly string[] = [];
  readonly #ari: AriPort;
  readonly #context: string;

  constructor(ari: AriPort, context: string) {
    this.#ari = ari;
    this.#context = context;
  }

  /** The order of two such calls is not certain unless the first has ended, for which callDialplan waits. */
  publish(mailbox: string, newMessages: number): Promise<void> {
    return this.#ari.callDialplan(mailbox, DIALPLAN_CONTEXT, {
      VM_MAILBOX: `${mailbox}@${this.#context}`,
      VM_NEW: `${newMessages}`,
      VM_OLD: '0',
    });
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
