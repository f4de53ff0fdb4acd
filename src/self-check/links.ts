/**
 * Which mailboxes are links to another disk? Asterisk lists what is there, but neither finds it by its name nor records
 * there, because it would leave its recording directory.
 */
import type { StoredRecordingInfo } from '../ari/ari-port.ts';
import { atOnce } from '../at-once.ts';
import { isThere } from '../call/retry.ts';
import type { Finding } from './finding.ts';
import { type Trial, tryRecording } from './trial-recording.ts';

/** How many are asked for at a time. */
const AT_ONCE = 4;

/**
 * One finding for each such mailbox that has a message.
 * @param listed all messages
 * @throws AriError if Asterisk does not answer
 */
export async function checkLinks(
  { id, ...common }: Trial,
  listed: readonly StoredRecordingInfo[],
): Promise<Finding[]> {
  // The storage may be tried at the same time.
  const trial = { ...common, id: `${id}-inbox` };
  const inboxes = new Map<string, string>();
  for (const { name } of listed) {
    const inbox = /^voicemail\/[^/]+\/INBOX\//.exec(name)?.[0];
    if (inbox) inboxes.set(inbox, name);
  }
  const notFound: string[] = [];
  await atOnce(AT_ONCE, inboxes, async ([inbox, name]) => {
    if (!(await isThere(() => trial.ari.getStoredRecording(name)))) notFound.push(inbox);
  });
  const findings: Finding[] = [];
  for (const inbox of notFound) {
    // The message may have been deleted meanwhile.
    if ((await tryRecording(trial, inbox)) !== 'refused') continue;
    findings.push({
      what: `no message can be kept in ${inbox}: it leads out of Asterisk's recording directory`,
      mend: 'make it a folder, and mount the other disk there: Asterisk refuses to follow a link',
    });
  }
  return findings;
}
