/**
 * Messages, and recordings of conversations, that were being made when Asterisk crashed: their headers say that there
 * is nothing in them, and nothing would be heard. Asterisk itself mends them, by appending nothing: the shipped
 * dialplan's [vm-repair].
 */
import type { AriPort, StoredRecordingInfo } from './ari/ari-port.ts';
import { WavHeaderReader } from './call/wav.ts';
import type { Logger } from './log.ts';
import { isMailbox } from './mailbox/names.ts';

const DIALPLAN_CONTEXT = 'vm-repair';
/**
 * More calls than these are hardly in progress at once; to read all that is stored would take long. Of conversations,
 * which may last hours, only the newest are read.
 */
const NEWEST = { INBOX: 64, Conversations: 16 } as const;
type Folder = keyof typeof NEWEST;

/** Of a file's extension. The dialplan would read a comma in it, or in a name, as the next argument. */
const FORMAT = /^[A-Za-z0-9]+$/;

/**
 * Looks at the newest messages from before Asterisk was started, and repairs those that need it. Never rejects.
 * @param startedAt when Asterisk was started, in epoch ms
 * @returns whether all could be looked at
 */
export async function repairMessages(
  ari: AriPort,
  listed: readonly StoredRecordingInfo[],
  startedAt: number,
  log: Logger,
): Promise<boolean> {
  let isComplete = true;
  for (const recording of [
    ...newest('INBOX', listed, startedAt),
    ...newest('Conversations', listed, startedAt),
  ]) {
    try {
      await repair(ari, recording, log);
    } catch (error) {
      log.warn({ err: error, recording: recording.name }, 'Could not look at a recording');
      isComplete = false;
    }
  }
  return isComplete;
}

function newest(
  folder: Folder,
  listed: readonly StoredRecordingInfo[],
  startedAt: number,
): StoredRecordingInfo[] {
  const ours = new RegExp(`^voicemail/([^/]+)/${folder}/(\\d{13})-[A-Za-z0-9_-]+$`);
  const createdAt = (name: string) => {
    const [, mailbox, time] = ours.exec(name) ?? [];
    return isMailbox(mailbox) ? Number(time) : NaN;
  };
  return listed
    .filter(({ format }) => FORMAT.test(format))
    .map((recording) => ({ ...recording, createdAt: createdAt(recording.name) }))
    .filter((recording) => recording.createdAt < startedAt)
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, NEWEST[folder]);
}

async function repair(ari: AriPort, { name, format }: StoredRecordingInfo, log: Logger): Promise<void> {
  if (await isWhole(ari, name)) return;
  // Whether it has worked, the file tells.
  await ari
    .callDialplan('repair', DIALPLAN_CONTEXT, { VM_RECORDING: `${name}.${format}` })
    .catch((error: unknown) => log.debug({ err: error }, 'The repair failed'));
  if (await isWhole(ari, name))
    log.info({ recording: name }, 'Repaired a recording that Asterisk has not closed');
  else
    log.error(
      { recording: name },
      `Recording was not closed, and cannot be played: is [${DIALPLAN_CONTEXT}] of extensions-vm-record.conf in the dialplan?`,
    );
}

/** What is no WAV file has no header that could be wrong. */
async function isWhole(ari: AriPort, name: string): Promise<boolean> {
  const reader = new WavHeaderReader();
  let bytes = 0;
  await ari.getStoredRecordingFile(name, (piece) => {
    bytes += piece.length;
    if (!reader.isRead) reader.take(piece);
    const { header, isRead } = reader;
    // Of what was not closed, one byte of sound tells that something is missing.
    return isRead && (!header || header.soundBytes > 0 || bytes > header.soundAt);
  });
  const { header } = reader;
  return !header || header.soundBytes > 0 || bytes === header.soundAt;
}
