/** What lies below Asterisk's recording directory in the end: the messages, and what can be heard in them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Segment, segments } from '../../asterisk/sandbox/segments.ts';
import { readWav } from '../../asterisk/sandbox/wav.ts';

/** `voicemail/<mailbox>/INBOX/<id>.wav`, or of a conversation */
const MESSAGE = /^voicemail\/([^/]+)\/(INBOX|Conversations)\/[^/]+\.wav$/;

export interface Message {
  /** The stored recording's, without `.wav`. */
  readonly name: string;
  readonly mailbox: string;
  readonly seconds: number;
  readonly sounds: readonly Segment[];
}

/** The names of all files, messages or not. */
export async function files(recordingDir: string): Promise<string[]> {
  const entries = await readdir(recordingDir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => path.slice(recordingDir.length + 1)).sort();
}

/** Which call left a file: the channel id, if any, as it stands in names. */
export function channelOf(file: string): string | undefined {
  return /\/\d+-(caller-[0-9a-f]+-far|\d+-\d+)/.exec(file)?.[1];
}

/** Whose message or conversation a file is; undefined if it is none. */
export function mailboxOf(file: string): string | undefined {
  return MESSAGE.exec(file)?.[1];
}

/** Listens to a message; one that cannot be read is 0 s long. */
export async function listen(recordingDir: string, file: string): Promise<Message> {
  const wav = await readWav(join(recordingDir, file)).catch(() => undefined);
  const heard = wav ? { seconds: wav.seconds, sounds: segments(wav) } : { seconds: 0, sounds: [] };
  return { name: file.replace(/\.wav$/, ''), mailbox: mailboxOf(file) ?? '', ...heard };
}
