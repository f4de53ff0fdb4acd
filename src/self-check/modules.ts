/** Are Asterisk's modules there that one notices only in the middle of a call? */
import { isRunning } from '../ari/abilities.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { Finding } from './finding.ts';

/** Without it no bridge can be recorded. */
export const BRIDGE_MEDIA = 'chan_bridge_media.so';

/** And what would not work without each. */
const WANTED: Readonly<Record<string, string>> = {
  [BRIDGE_MEDIA]: 'conversations are not recorded, and it cannot be tried whether messages are kept',
  'func_export.so':
    'the dialplan does not learn how a call ended if the caller hangs up in the middle of a recording',
  'func_talkdetect.so': 'whether the caller has said anything is not known before the recording has ended',
};

/**
 * Those of the modules that are missing.
 * @throws AriError if Asterisk does not answer
 */
export async function findMissing(ari: Pick<AriPort, 'getModuleStatus'>): Promise<string[]> {
  const missing: string[] = [];
  for (const module of Object.keys(WANTED)) if (!(await isRunning(ari, module))) missing.push(module);
  return missing;
}

export function findingOf(module: string): Finding {
  return {
    what: `${module} is not running: ${WANTED[module]}`,
    mend: `"load = ${module}" in modules.conf; in the CLI: module load ${module}`,
  };
}
