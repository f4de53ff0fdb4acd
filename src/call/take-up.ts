/**
 * Where a call goes on that an earlier daemon has begun: found out from what that daemon noted, the channel, the
 * bridge and the recordings, because Asterisk is the database.
 */
import { isGone } from '../ari/ari-error.ts';
import type { Logger } from '../log.ts';
import type { CallChannel } from './call-channel.ts';
import type { Reason } from './call-result.ts';
import type { Conversation, FoundConversation } from './conversation.ts';
import { isBeforeMessage, type Standing } from './standing.ts';
import type { VoiceMessage } from './voice-message.ts';

const AGAIN_MS = 1_000;

/** What is to be done next. */
export type Place =
  /** The caller is to be answered, and asked for a message. */
  | { readonly at: 'answer' }
  /** `isResumed`: the phones ring already, or caller and owner are in the bridge. */
  | { readonly at: 'dialing' | 'conversing'; readonly isResumed: boolean }
  /** With a take that is in progress, or paused, or that has ended without being settled. */
  | {
      readonly at: 'take';
      readonly phase: 'recording' | 'paused';
      /** Whether the earlier daemon has told the dialplan that this take is a message. */
      readonly isPromised: boolean;
      readonly hasEnded: boolean;
    }
  /** Nothing is in progress in these. */
  | { readonly at: 'recording' | 'reviewing' | 'copying' }
  | { readonly at: 'ending'; readonly reason: Reason };

export interface TakeUpOptions {
  readonly channel: CallChannel;
  readonly message: VoiceMessage;
  readonly conversation: Conversation | undefined;
  readonly log: () => Logger;
  /** What the earlier daemon has noted; nothing if it had no time to. */
  readonly standing: Standing | undefined;
}

/**
 * Finds out where a call stands, and asks until it knows: without an answer nothing can be done for the caller.
 * @throws AriError with `isGone` when the caller hangs up
 */
export async function findPlace(options: TakeUpOptions): Promise<Place> {
  const { conversation, message } = options;
  // A channel that left, and comes again, has not been asked for anything yet.
  const standing = options.standing?.state === 'left' ? undefined : options.standing;
  const found = await insist(options, async () => conversation?.find(standing));
  const take = await insist(options, () => message.takeUp());
  const hasBegun = take !== undefined || (standing !== undefined && !isBeforeMessage(standing.state));
  if (conversation && found && !hasBegun) return placeOf(conversation, found, standing);
  await conversation?.close('end of conversation');
  if (take) {
    const isPaused = standing?.state === 'paused' && take.end !== undefined;
    // Where there is an earlier take, it may be that one of which the dialplan knows.
    const isPromised = standing?.reason === 'hangup' && standing.stored === undefined;
    return isPaused
      ? { at: 'take', phase: 'paused', isPromised, hasEnded: false }
      : { at: 'take', phase: 'recording', isPromised, hasEnded: take.end !== undefined };
  }
  if (standing?.state === 'ending') return { at: 'ending', reason: standing.reason };
  if (!message.stored) return { at: 'answer' };
  const isHeard = standing?.state === 'reviewing' || standing?.state === 'copying';
  return { at: isHeard ? standing.state : 'recording' };
}

/** The caller has not been asked for a message yet. */
async function placeOf(
  { bridge }: Conversation,
  found: FoundConversation,
  standing: Standing | undefined,
): Promise<Place> {
  switch (found) {
    case 'talking':
      return { at: 'conversing', isResumed: true };
    case 'answered':
      return { at: 'conversing', isResumed: false };
    case 'over':
      return { at: 'ending', reason: 'conversation' };
    case 'ringing':
      return { at: 'dialing', isResumed: true };
    case 'nobody':
      if (!standing) return { at: 'dialing', isResumed: false };
      // A channel in a bridge can not be recorded.
      await bridge.destroy();
      return { at: 'answer' };
  }
}

async function insist<T>({ channel, log }: TakeUpOptions, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isGone(error)) throw error;
      log().warn({ err: error }, 'Could not find out where the call stands: trying again');
      await channel.pause(AGAIN_MS);
    }
  }
}
