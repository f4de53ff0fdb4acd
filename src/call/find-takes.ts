/**
 * Which takes a channel has left, asked of Asterisk name by name. Its list of all recordings would tell, too, but may be
 * long, and one bad entry on the disk makes it fail for ever; a call can't wait for that.
 */
import type { AriPort } from '../ari/ari-port.ts';
import { laterMessageId, recordingName, takesOf } from '../mailbox/names.ts';
import { isThere } from './retry.ts';
import type { Standing } from './standing.ts';

/** Looked for beyond the last take that is known: the note of a newer one may have come too late. */
const AHEAD = 2;
/** Looked for where nothing is noted: of an earlier message only the last of many takes may be left. */
const FAR_AHEAD = 50;
/** Looked for before the take that is noted. What is older, and still there, counts as a message of its own. */
const BEHIND = 50;

/**
 * @param id of the channel's first message (src/mailbox/names.ts)
 * @param standing what an earlier daemon has noted; nothing if it had no time to
 * @returns names: all takes of the message that is noted; without a note, those of all messages of the channel
 * @throws AriError if Asterisk does not answer
 */
export async function findTakes(
  ari: Pick<AriPort, 'getStoredRecording'>,
  mailbox: string,
  id: string,
  standing: Standing | undefined,
): Promise<string[]> {
  const isStored = (name: string) => isThere(() => ari.getStoredRecording(name));
  const noted = [standing?.stored, standing?.take].filter((name) => name !== undefined);
  const last = takesOf(mailbox, id, noted, noted.at(-1)).at(-1);
  const of = async (message: number, take: number, ahead: number) => {
    const nameOf = (n: number) => recordingName(mailbox, laterMessageId(id, message), n);
    const there: string[] = [];
    for (let n = Math.max(1, take - BEHIND), end = take + ahead; n <= end; n++) {
      if (!(await isStored(nameOf(n)))) continue;
      there.push(nameOf(n));
      end = Math.max(end, n + ahead);
    }
    return there;
  };
  if (last) {
    const found = await of(last.message, last.take, AHEAD);
    // An earlier version has named later takes otherwise.
    for (const name of noted) if (!found.includes(name) && (await isStored(name))) found.push(name);
    return found;
  }
  const all: string[] = [];
  for (let message = 1; ; message++) {
    const takes = await of(message, 0, standing?.state === 'left' ? FAR_AHEAD : AHEAD);
    if (takes.length === 0) return all;
    all.push(...takes);
  }
}
