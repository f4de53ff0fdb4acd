/**
 * What a call is known by for its whole life: the channel with which it began, whose place another may have taken
 * since, and what the dialplan said. Its recordings, legs and bridge are named after that channel, and whoever takes
 * the call up later finds nothing of it in the channel that is there then: so it is noted.
 */
import type { NamedChannel } from '../mailbox/names.ts';

export interface CallOrigin {
  /** The channel with which the call began. */
  readonly channel: NamedChannel;
  /** Those of `Stasis(vm-record,...)`. */
  readonly args: readonly string[];
}

/** The first argument, as the dialplan wrote it; the tutorial's has a blank before the mailbox. */
export function mailboxOf({ args }: Pick<CallOrigin, 'args'>): string | undefined {
  return args[0]?.trim();
}

/** As text without a comma or any other character that means something to Asterisk. */
export function writeOrigin({ channel, args }: CallOrigin): string {
  return [encode(channel.id), Date.parse(channel.creationtime), encode(args.join(','))].join(':');
}

/** @returns nothing if it is not what {@link writeOrigin} wrote */
export function readOrigin(text: string): CallOrigin | undefined {
  const [id, created = '', args, ...more] = text.split(':').map(decode);
  if (!id || args === undefined || !/^\d{1,15}$/.test(created) || more.length > 0) return undefined;
  const creationtime = new Date(Number(created)).toISOString();
  return { channel: { id, creationtime }, args: args.split(',') };
}

/** What encodeURIComponent leaves alone, and Asterisk does not. */
const SPECIAL = /[!'()*~]/g;

export function encode(text: string): string {
  return encodeURIComponent(text).replace(SPECIAL, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
}

export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
