/** Names: which mailboxes there can be, and where a message lies below Asterisk's recording directory. */

/** The most characters that a mailbox's name can have. */
export const MAILBOX_LENGTH = 32;

const MAILBOX = new RegExp(`^[A-Za-z0-9_-]{1,${MAILBOX_LENGTH}}$`);

/** Whether `name` can be a mailbox. Nothing else ever becomes part of a path. */
export function isMailbox(name: string | undefined): name is string {
  return name !== undefined && MAILBOX.test(name);
}

/** No site has more mailboxes in one range. */
const LONGEST_RANGE = 100_000;

/**
 * All mailboxes of a range of numbers, as `300-399` or `0300-0399`.
 * @returns what is no range alone, as it is; and of a range that cannot be, its two ends with a `..`, which is no mailbox
 */
export function expandRange(text: string): string[] {
  const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return [text];
  const count = Number(to) - Number(from) + 1;
  if (from.length !== to.length || !(count > 0 && count <= LONGEST_RANGE)) return [`${from}..${to}`];
  return Array.from({ length: count }, (_, n) => String(Number(from) + n).padStart(from.length, '0'));
}

/**
 * Whether there is such a mailbox.
 * @param mailboxes those that exist (VM_MAILBOXES); empty = every valid name
 */
export function mailboxExists(name: string | undefined, mailboxes: ReadonlySet<string>): name is string {
  return isMailbox(name) && (mailboxes.size === 0 || mailboxes.has(name));
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
  return `${Date.parse(channel.creationtime)}-${channelInName(channel.id)}`;
}

/** A channel's id as it stands in names. */
export function channelInName(channelId: string): string {
  return channelId.replace(/[^A-Za-z0-9]/g, '-');
}

/**
 * The recording's name for take 1, 2, ... of a message: the tutorial's `vm_path`, in the mailbox's INBOX
 * (Reader Exercise 1). Asterisk adds the format's extension.
 */
export function recordingName(mailbox: string, id: string, take: number): string {
  return takeName(`voicemail/${mailbox}/INBOX/${id}`, take);
}

/** The name of the n-th take, by that of the first. No id holds `_`, so that it can't be another channel's. */
export function takeName(first: string, n: number): string {
  return n === 1 ? first : `${first}__${n}`;
}

/** The same as earlier versions wrote it: `-2` may as well be the end of an id that Asterisk has not made. */
export function oldTakeName(first: string, n: number): string {
  return n === 1 ? first : `${first}-${n}`;
}

/**
 * The name of the n-th recording of a conversation: in a folder beside the INBOX, because it is no message. Each
 * is a recording of its own, and no take of another.
 */
export function conversationName(mailbox: string, id: string, n: number): string {
  const first = `voicemail/${mailbox}/Conversations/${id}`;
  return n === 1 ? first : `${first}-${n}`;
}

/** Which recording of a conversation this is; 0 if it is none. */
export function conversationNumber(name: string, mailbox: string, id: string): number {
  const first = conversationName(mailbox, id, 1);
  if (name === first) return 1;
  const number = /^-(\d+)$/.exec(name.startsWith(first) ? name.slice(first.length) : '')?.[1];
  return Number(number ?? 0);
}

/** The name of a message's copy in another mailbox, where it is a message of its own, and no take. */
export function copyName(recording: string, mailbox: string): string {
  return `${recording.replace(/^voicemail\/[^/]*/, `voicemail/${mailbox}`)}-copy`;
}

/** The id of the n-th message of a channel that comes again: its earlier messages keep their names. */
export function laterMessageId(id: string, n: number): string {
  return n === 1 ? id : `${id}-m${n}`;
}

/** One of a message's takes, by its name. */
export interface NamedTake {
  readonly name: string;
  /** Which message of the channel it belongs to, from 1 on. */
  readonly message: number;
  /** From 1 on. */
  readonly take: number;
}

/** What follows a channel's id: which message of the channel it is, and which take of that. */
const TAKE = /^(?:-m(\d+))?(?:(__|-)(\d+))?$/;
const OLD_MARK = '-';

/**
 * Finds, among the names of recordings, those that a channel has left in a mailbox, in order.
 * @param noted a take of the channel for certain, if one is known: others may be written as it is
 */
export function takesOf(mailbox: string, id: string, names: readonly string[], noted = ''): NamedTake[] {
  const first = recordingName(mailbox, id, 1);
  const suffixOf = (name: string) => (name.startsWith(first) ? TAKE.exec(name.slice(first.length)) : null);
  const readsOld = isMadeByAsterisk(first) || suffixOf(noted)?.[2] === OLD_MARK;
  const takes = names.flatMap((name) => {
    const [, message = 1, mark, take = 1] = suffixOf(name) ?? [undefined, 0];
    if (message === 0 || (mark === OLD_MARK && !readsOld)) return [];
    return { name, message: Number(message), take: Number(take) };
  });
  return takes.sort((a, b) => a.message - b.message || a.take - b.take);
}

/**
 * Of a channel id that Asterisk made, `<epoch seconds>.<number>`, perhaps with a system's name before it. Only of
 * these it is certain that a number at the end of a name is that of a take, and not part of the id.
 */
const ASTERISKS_ID = /\/(\d{10})\d{3}-(?:.*-)?(\d{10})-\d+(?:-m\d+)?$/;

/** A message that has several takes. */
export interface TakeGroup {
  /** The name of its first take, which need not be there. */
  readonly message: string;
  /** In order. */
  readonly takes: readonly string[];
}

/** Finds the messages that have several takes, as far as their names are certain. */
export function groupTakes(names: readonly string[]): TakeGroup[] {
  const groups = new Map<string, { name: string; take: number }[]>();
  for (const name of names) {
    const [, first = '', mark, number = ''] = /^(.*?)(__|-)(\d+)$/.exec(name) ?? [];
    const isLater = Number(number) > 1 && (mark !== OLD_MARK || isMadeByAsterisk(first));
    const [message, take] = isLater ? [first, Number(number)] : [name, 1];
    groups.set(message, [...(groups.get(message) ?? []), { name, take }]);
  }
  return [...groups]
    .filter(([, { length }]) => length > 1)
    .map(([message, takes]) => ({
      message,
      takes: takes.sort((a, b) => a.take - b.take).map(({ name }) => name),
    }));
}

function isMadeByAsterisk(message: string): boolean {
  const [, created, epoch] = ASTERISKS_ID.exec(message) ?? [];
  return created !== undefined && Math.abs(Number(created) - Number(epoch)) <= 1;
}
