/** What this Asterisk has of the dialplan functions that not every build has, or loads; asked at each connect. */
import { isGone } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';

export interface Abilities {
  /** func_export: variables can be set in the middle of a recording. */
  readonly exports: boolean;
  /** func_talkdetect: events tell when somebody speaks. */
  readonly hearsTalk: boolean;
}

/** As long as Asterisk has not been asked. */
export const NO_ABILITIES: Abilities = { exports: false, hearsTalk: false };

type Modules = Pick<AriPort, 'getModuleStatus'>;

/**
 * Asks Asterisk.
 * @throws AriError if it does not answer
 */
export async function findAbilities(ari: Modules): Promise<Abilities> {
  const [exports, hearsTalk] = await Promise.all([
    isRunning(ari, 'func_export.so'),
    isRunning(ari, 'func_talkdetect.so'),
  ]);
  return { exports, hearsTalk };
}

/**
 * Whether a module is loaded, and works.
 * @throws AriError if Asterisk does not answer
 */
export async function isRunning(ari: Modules, module: string): Promise<boolean> {
  try {
    return (await ari.getModuleStatus(module)) === 'Running';
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
