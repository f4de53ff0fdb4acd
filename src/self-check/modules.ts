/** Are Asterisk's modules there that one notices only in the middle of a call? */
import { isGone } from '../ari/ari-error.ts';
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

/** @throws AriError if Asterisk does not answer */
export async function isRunning(ari: Pick<AriPort, 'getModuleStatus'>, module: string): Promise<boolean> {
  try {
    return (await ari.getModuleStatus(module)) === 'Running';
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/**
 * One finding for each module that is missing.
 * @throws AriError if Asterisk does not answer
 */
export async function checkModules(ari: Pick<AriPort, 'getModuleStatus'>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [module, without] of Object.entries(WANTED)) {
    if (await isRunning(ari, module)) continue;
    findings.push({
      what: `${module} is not running: ${without}`,
      mend: `"load = ${module}" in modules.conf; in the CLI: module load ${module}`,
    });
  }
  return findings;
}
