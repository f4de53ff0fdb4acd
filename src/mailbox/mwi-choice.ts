/** Which way message waiting goes: VM_MWI and what this Asterisk has, decided anew at each connect. */
import { isRunning } from '../ari/abilities.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import type { MwiBackend, ProbeMwi } from './mwi-backend.ts';
import { probeMailboxes } from './mwi-mailboxes.ts';
import { probeMinivm } from './mwi-minivm.ts';

const VOICEMAIL = 'app_voicemail.so';
/** Where voicemail.conf has its mailboxes, unless somebody wanted it otherwise. */
const DEFAULT_CONTEXT = 'default';

/** VM_MWI */
export type MwiMode = 'auto' | MwiBackend['name'] | 'off';

/** The better one first: what Asterisk keeps in its database is there after its restart. */
const PROBES: Readonly<Record<MwiBackend['name'], ProbeMwi>> = {
  mailboxes: probeMailboxes,
  minivm: probeMinivm,
};

/**
 * Chooses the back-end, and logs which and why. With `auto` it is the first that works, or none. One that
 * is asked for by name is used even if it does not work yet: publishing is tried again until it does.
 * @throws AriError if Asterisk does not answer properly: nothing is known then, so connect again
 */
export async function chooseMwiBackend(
  mode: MwiMode,
  ari: AriPort,
  context: string,
  log: Logger,
): Promise<MwiBackend | undefined> {
  const backend = await choose(mode, ari, context, log);
  if (backend?.name === 'minivm') await warnOfVoicemail(ari, context, log);
  return backend;
}

async function choose(
  mode: MwiMode,
  ari: AriPort,
  context: string,
  log: Logger,
): Promise<MwiBackend | undefined> {
  switch (mode) {
    case 'off':
      log.info('Message waiting is off');
      return undefined;
    case 'mailboxes':
    case 'minivm': {
      const { backend, missing } = await PROBES[mode](ari, context);
      if (missing) log.warn({ mwi: mode, missing }, 'Message waiting as VM_MWI wants it does not work');
      else log.info({ mwi: mode, why: 'VM_MWI wants it' }, 'Message waiting works');
      return backend;
    }
    case 'auto':
      return chooseWorking(ari, context, log);
  }
}

async function chooseWorking(ari: AriPort, context: string, log: Logger): Promise<MwiBackend | undefined> {
  const lacking: string[] = [];
  for (const probe of Object.values(PROBES)) {
    const { backend, missing } = await probe(ari, context);
    if (missing) {
      lacking.push(`${backend.name}: ${missing}`);
      continue;
    }
    const why = lacking.length > 0 ? lacking : 'the first choice';
    log.info({ mwi: backend.name, why }, 'Message waiting works');
    return backend;
  }
  log.warn({ missing: lacking }, 'No message waiting: Asterisk needs what one of these lacks');
  return undefined;
}

/**
 * By minivm, our count and that of app_voicemail are one and the same thing to Asterisk, and the later one counts. Whether
 * app_voicemail has mailboxes in our context, it does not say; nearly all have theirs in `default`.
 */
async function warnOfVoicemail(ari: AriPort, context: string, log: Logger): Promise<void> {
  if (!(await isRunning(ari, VOICEMAIL))) return;
  log[context === DEFAULT_CONTEXT ? 'warn' : 'info'](
    {
      context,
      mend: 'a VM_CONTEXT that voicemail.conf does not have, and mailboxes=305@default,305@<VM_CONTEXT>',
    },
    'app_voicemail is running: it turns our lamps off where its voicemail.conf has the same mailboxes in VM_CONTEXT',
  );
}
