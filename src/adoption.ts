/** Finds out what a channel in our application is, of which no StasisStart will tell: Asterisk is the database. */
import type { AriPort, Channel } from './ari/ari-port.ts';
import { findTakes } from './call/find-takes.ts';
import { unlessGone } from './call/retry.ts';
import { readStanding, type Standing, STANDING_VARIABLE } from './call/standing.ts';
import { isMailbox, messageId } from './mailbox/names.ts';

/** A channel that waits in our application. */
export interface FoundCall {
  readonly channel: Channel;
  /** Those of `Stasis(vm-record,...)`. */
  readonly args: readonly string[];
  /** What the daemon before has noted, if it had the time. */
  readonly standing: Standing | undefined;
  /** The names of the takes that are there. */
  readonly takes: readonly string[];
}

/**
 * @returns nothing if the channel is gone, or not in the application: Asterisk lists those that it only watches, too
 * @throws AriError if Asterisk does not answer
 */
export async function findCall(ari: AriPort, app: string, channelId: string): Promise<FoundCall | undefined> {
  const channel = await unlessGone(() => ari.getChannel(channelId));
  if (channel?.dialplan.app_name !== 'Stasis') return undefined;
  const [inApp, ...args] = (channel.dialplan.app_data ?? '').split(',');
  if (inApp?.trim() !== app) return undefined;
  const note = await unlessGone(() => ari.getChannelVar(channelId, STANDING_VARIABLE));
  // Nothing is noted, or nobody is there any more: then the call is one of those that have ended.
  if (note === undefined && !(await unlessGone(() => ari.getChannel(channelId)))) return undefined;
  const standing = readStanding(note ?? '');
  const mailbox = args[0]?.trim();
  const takes = isMailbox(mailbox) ? await findTakes(ari, mailbox, messageId(channel), standing) : [];
  return { channel, args, standing, takes };
}
