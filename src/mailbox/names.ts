/** Names: which mailboxes there can be, and where a message lies below Asterisk's recording directory. */

/** The most characters that a mailbox's name can have. */
export const MAILBOX_LENGTH = 32;

const MAILBOX = new RegExp(`^[A-Za-z0-9_-]{1,${MAILBOX_LENGTH}}$`);

/** Whether `name` can be a mailbox. Nothing else ever becomes part of a path. */
export function isMailbox(name: string | undefined): name is string {
  return name !== undefined && MAILBOX.test(name);
}

/** What a message's name is made of: the two facts about a channel that outlive any daemon. */
export interface NamedChannel {
  readonly id: string;
  /** As ARI writes it, `2026-01-31T12:00:00.000+0000`. */
  readonly creationtime: string;
}

/**
 * The id of the message that a channel leaves: `<creation time, epoch ms>-<channel id>`. It sorts by time,
 * is unique, has no dot (a copy cuts a name at its last one) and can be derived again from the channel alone.
 */
export function messageId(channel: NamedChannel): string {
  return `${Date.parse(channel.creationtime)}-${channel.id.replace(/[^A-Za-z0-9]/g, '-')}`;
}

/**
 * The recording's name for take 1, 2, ... of a message: the tutorial's `vm_path`, in the mailbox's INBOX
 * (Reader Exercise 1). Asterisk adds the format's extension.
 */
export function recordingName(mailbox: string, id: string, take: number): string {
  return `voicemail/${mailbox}/INBOX/${id}${take === 1 ? '' : `-${take}`}`;
}

/** The same message's name in another mailbox. */
export function inMailbox(recording: string, mailbox: string): string {
  return recording.replace(/^voicemail\/[^/]*/, `voicemail/${mailbox}`);
}
