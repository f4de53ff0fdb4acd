/**
 * Records nothing for a moment, in a bridge that has no callers: whether Asterisk can record under a name, only a
 * recording tells. Takes some ten milliseconds, and leaves nothing behind.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import { isThere, ONCE_MORE, pause, unlessGone } from '../call/retry.ts';
import { isUnknownFormat } from '../ari/recording-format.ts';

/** After the answer, Asterisk opens the file within milliseconds. */
const LOOK_EVERY_MS = 10;
const LOOKS = 50;

export interface Trial {
  readonly ari: AriPort;
  /** Of the bridge, and the end of the recording's name. Those of a check that was killed are found by it. */
  readonly id: string;
  readonly format: string;
}

/** `refused`: there is no such folder, and Asterisk can't make it, or it leads out of the recording directory. */
export type TrialResult = 'kept' | 'refused' | 'not written' | 'unknown format';

/**
 * @param folder below Asterisk's recording directory, with a slash at its end; or nothing
 * @throws AriError if Asterisk does not answer, or has no bridges
 */
export async function tryRecording({ ari, id, format }: Trial, folder: string): Promise<TrialResult> {
  const name = `${folder}${id}`;
  const remove = () => unlessGone(() => ari.deleteStoredRecording(name), []);
  try {
    // Also if it fails: Asterisk may have made it all the same.
    await ari.createBridge(id).catch((error: unknown) => {
      if (statusOf(error) !== 409) throw error;
    });
    await remove();
    try {
      await ari.recordBridge(id, { name, format, maxDurationSeconds: 1 });
    } catch (error) {
      if (isUnknownFormat(error)) return 'unknown format';
      const status = statusOf(error);
      // 404: the bridge; 409: another daemon's check; 503: Asterisk is going down.
      if (status === undefined || [404, 409, 503].includes(status)) throw error;
      return 'refused';
    }
    return (await isWritten(ari, name)) ? 'kept' : 'not written';
  } finally {
    // It ends with the bridge at the latest. Neither is anybody's, so a failure is nobody's.
    for (const end of [() => ari.cancelRecording(name), () => ari.destroyBridge(id), remove])
      await unlessGone(end, ONCE_MORE).catch(() => {});
  }
}

/** Whether the file appears before the recording is over. */
async function isWritten(ari: AriPort, name: string): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks++) {
    if (await isThere(() => ari.getStoredRecording(name), [])) return true;
    try {
      await ari.getLiveRecording(name);
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
    await pause(LOOK_EVERY_MS);
  }
  return false;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof AriError ? error.status : undefined;
}
