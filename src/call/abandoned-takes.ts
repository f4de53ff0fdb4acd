/**
 * Takes of calls that ended while no daemon was there to settle them: of several takes of one message, the newest
 * that holds something (recorded-sound.ts) is the message, as in a call that a daemon has seen to its end
 * (voice-message.ts).
 */
import { AriError } from '../ari/ari-error.ts';
import type { Config } from '../config.ts';
import { groupTakes } from '../mailbox/names.ts';
import { emptinessOf } from './recorded-sound.ts';
import type { StoredRecordings } from './stored-recordings.ts';

/**
 * Settles every such call.
 * @param listed the names of all recordings
 * @param undecided those of calls in progress, which settle them on their own
 * @throws AriError if Asterisk does not say of one what it needs; the others are settled then
 */
export async function settleAbandonedTakes(
  listed: readonly string[],
  undecided: ReadonlySet<string>,
  disk: StoredRecordings,
  config: Config,
): Promise<void> {
  let failure: unknown;
  for (const { message, takes } of groupTakes(listed)) {
    if (takes.some((name) => undecided.has(name))) continue;
    try {
      if (!(await disk.areAllKept(message))) await settle(takes, disk, config);
    } catch (error) {
      failure = error;
    }
  }
  await disk.deleted();
  if (failure) throw failure as Error;
}

/** In doubt, nothing is deleted. */
async function settle(takes: readonly string[], disk: StoredRecordings, config: Config): Promise<void> {
  const [newest, ...earlier] = [...takes].reverse();
  if (newest === undefined || earlier.length === 0) return;
  // Then it belongs to a call that we do not know, and its file looks as if it were too short.
  if (await disk.isLive(newest)) return;
  const sound = await disk.read(newest);
  if (sound === 'unknown') throw new AriError(`${newest} could not be read`);
  if (sound === 'gone' || !sound.hasContent) return;
  if (!emptinessOf(sound, config.minSeconds)) return earlier.forEach((name) => disk.delete(name));
  disk.delete(newest);
  return settle(takes.slice(0, -1), disk, config);
}
