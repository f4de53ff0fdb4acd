/** What this Asterisk has of the dialplan functions that not every build has, or loads; asked at each connect. */

export interface Abilities {
  /** func_export: variables can be set in the middle of a recording. */
  readonly exports: boolean;
  /** func_talkdetect: events tell when somebody speaks. */
  readonly hearsTalk: boolean;
}

/** As long as Asterisk has not been asked. */
export const NO_ABILITIES: Abilities = { exports: false, hearsTalk: false };

/**
 * Asks Asterisk.
 * @param isRunning whether a module of this name is loaded and running
 * @throws AriError if it does not answer
 */
export async function findAbilities(isRunning: (module: string) => Promise<boolean>): Promise<Abilities> {
  const [exports, hearsTalk] = await Promise.all([
    isRunning('func_export.so'),
    isRunning('func_talkdetect.so'),
  ]);
  return { exports, hearsTalk };
}
