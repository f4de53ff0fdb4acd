/** Finds out what a channel in our application is, of which no StasisStart will tell: Asterisk is the database. */
import type { AriPort, ChannelInDialplan } from './ari/ari-port.ts';
import { type CallOrigin, mailboxOf } from './call/call-origin.ts';
import { type AnsweredLeg, callerOfBridge, readLeg } from './call/conversation-ids.ts';
import { findTakes } from './call/find-takes.ts';
import { isThere, unlessGone } from './call/retry.ts';
import type { NoteSeal } from './call/note-seal.ts';
import { type FoundStanding, readStanding, type Standing, STANDING_VARIABLE } from './call/standing.ts';
import { conversationName, conversationNumber, isMailbox, messageId, takesOf } from './mailbox/names.ts';

/** A channel that is in our application. */
export interface FoundChannel {
  readonly channel: ChannelInDialplan;
  /** Those of `Stasis(vm-record,...)`; none if it has come into a bridge in another's place. */
  readonly args: readonly string[];
  /** If it is no caller, but a phone that was answered. */
  readonly leg: AnsweredLeg | undefined;
}

/** What an earlier daemon has left of a call. */
export interface FoundCall {
  readonly origin: CallOrigin;
  /** What that daemon has noted, if it had the time. */
  readonly standing: Standing | undefined;
  /** The names of the takes that are there. */
  readonly takes: readonly string[];
}

/**
 * @returns nothing if the channel is gone, or not in the application: Asterisk lists those that it only watches, too
 * @throws AriError if Asterisk does not answer
 */
export async function findChannel(ari: AriPort, app: string, id: string): Promise<FoundChannel | undefined> {
  const channel = await unlessGone(() => ari.getChannel(id));
  if (channel?.dialplan.app_name !== 'Stasis') return undefined;
  const [inApp, ...args] = (channel.dialplan.app_data ?? '').split(',');
  return inApp?.trim() === app ? { channel, args, leg: readLeg(id, args) } : undefined;
}

/**
 * What is known of the caller on this channel.
 * @returns nothing if the channel is gone
 * @throws AriError if Asterisk does not answer
 */
export async function findCall(
  ari: AriPort,
  { channel, args }: FoundChannel,
  seal: NoteSeal,
): Promise<FoundCall | undefined> {
  const note = await unlessGone(() => ari.getChannelVar(channel.id, STANDING_VARIABLE));
  // Nothing is noted, or nobody is there any more: then the call is one of those that have ended.
  if (note === undefined && !(await unlessGone(() => ari.getChannel(channel.id)))) return undefined;
  const standing = await believe(ari, { channel, args }, readStanding(note ?? '', seal));
  // A channel that comes again is a call of its own.
  const noted = standing?.state === 'left' ? undefined : standing?.origin;
  const origin = noted ?? { channel, args };
  const mailbox = mailboxOf(origin);
  const takes = isMailbox(mailbox) ? await findTakes(ari, mailbox, messageId(origin.channel), standing) : [];
  return { origin, standing, takes };
}

/**
 * What was noted of this channel, or of one whose place it has taken. A dialplan can write anything into the variable:
 * what names another call's recordings, a channel that is there still, or another mailbox than the call was sent for, is
 * no note of ours. Without our seal (it is from before the password was changed, or of an older version) it is believed
 * only of this very channel, or of a take that goes on: else a call could be given the message of any that has ended.
 */
async function believe(
  ari: AriPort,
  here: CallOrigin,
  found: FoundStanding | undefined,
): Promise<Standing | undefined> {
  if (!found) return undefined;
  const { standing, isSealed } = found;
  const { origin = here } = standing;
  const names = [standing.stored, standing.take].filter((name) => name !== undefined);
  // Who has come into a bridge in another's place was sent for none.
  const isSentThere = here.args.length === 0 || mailboxOf(here) === mailboxOf(origin);
  if (!isSentThere || !names.every((name) => isOfCall(name, origin))) return undefined;
  const isGone = async () => !(await unlessGone(() => ari.getChannel(origin.channel.id)));
  const isOurs =
    origin.channel.id === here.channel.id ||
    ((isSealed || (here.args.length > 0 && (await isBeingMade(ari, standing)))) && (await isGone()));
  return isOurs ? standing : undefined;
}

async function isBeingMade(ari: AriPort, { take }: Standing): Promise<boolean> {
  return take !== undefined && isThere(async () => void (await ari.getLiveRecording(take)));
}

function isOfCall(name: string, origin: CallOrigin): boolean {
  const mailbox = mailboxOf(origin) ?? '';
  const id = messageId(origin.channel);
  return takesOf(mailbox, id, [name], name).length > 0 || conversationNumber(name, mailbox, id) > 0;
}

/** The bridge of a conversation, and who is in it. */
export interface FoundBridge {
  /** The channel with which the call began. */
  readonly callerId: string;
  readonly channels: readonly string[];
}

/**
 * The conversation's bridge that this channel is in, if it is in one.
 * @param bridgeIds those of the application
 * @throws AriError if Asterisk does not answer
 */
export async function findBridge(
  ari: AriPort,
  channelId: string,
  bridgeIds: readonly string[],
): Promise<FoundBridge | undefined> {
  for (const bridgeId of bridgeIds) {
    const callerId = callerOfBridge(bridgeId);
    if (callerId === undefined) continue;
    const channels = (await unlessGone(() => ari.getBridgeChannels(bridgeId))) ?? [];
    if (channels.includes(channelId)) return { callerId, channels };
  }
  return undefined;
}

/**
 * Who has come into the bridge in the caller's place while no daemon was there: the caller's note has gone with the
 * caller's channel, but the owner's leg tells whose conversation it is.
 * @returns nothing if there is no such leg any more
 * @throws AriError if Asterisk does not answer
 */
export async function findTransferredCaller(
  ari: AriPort,
  app: string,
  channelId: string,
  { channels }: FoundBridge,
): Promise<FoundCall | undefined> {
  for (const id of channels) {
    const found = id === channelId ? undefined : await findChannel(ari, app, id);
    const origin = found?.leg?.origin;
    if (origin) return { origin, standing: await findConversation(ari, origin), takes: [] };
  }
  return undefined;
}

/** What was noted of a conversation, as far as its recordings tell. */
async function findConversation(ari: AriPort, origin: CallOrigin): Promise<Standing> {
  const mailbox = mailboxOf(origin) ?? '';
  const nameOf = (n: number) => conversationName(mailbox, messageId(origin.channel), n);
  const isStored = (n: number) => isThere(() => ari.getStoredRecording(nameOf(n)));
  let count = 0;
  while (await isStored(count + 1)) count += 1;
  // Whether it is being made still, is found out from its name.
  const [take, stored] = count > 0 ? [nameOf(count), count > 1 ? nameOf(count - 1) : undefined] : [];
  return { state: 'conversing', reason: 'conversation', stored, take, origin };
}
