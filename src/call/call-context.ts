/** What a state knows of its call. States see this and never the VoiceMailCall itself. */
import type { Assignment } from '../ari/ari-port.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { CallChannel } from './call-channel.ts';
import type { Reason } from './call-result.ts';
import type { Conversation } from './conversation.ts';
import type { Outcome } from './event.ts';
import type { Prompts } from './prompts.ts';
import type { VoiceMessage } from './voice-message.ts';

export interface CallContext {
  readonly config: Config;
  /** Carries the call's channel, mailbox and state. */
  readonly log: Logger;
  readonly channel: CallChannel;
  readonly mailbox: string;
  readonly message: VoiceMessage;
  /** The phones that ring, and what follows. Throws if the dialplan does not say whom to ring. */
  readonly conversation: Conversation;
  /** Hangs up the phones, and keeps what was recorded of a conversation; nothing if there was none. Never rejects. */
  endConversation(on: string): Promise<void>;
  /** Name of what there is of the call: its message, or the latest recording of the conversation. */
  readonly kept: string | undefined;
  /** What is to be said to the caller next. */
  readonly prompts: Prompts;
  /** Why the call ends, as far as is known. */
  readonly reason: Reason;
  conclude(reason: Reason): void;
  /**
   * Says in channel variables how the call will have ended if the caller hangs up, and where it stands.
   * @param functions dialplan functions of the channel that are set in the same operation
   */
  tellDialplan(reason: Reason, message: string | undefined, functions?: readonly Assignment[]): Promise<void>;
  /** The same, before a playback or a recording begins: resolves when it is told, and does not keep the caller waiting. */
  tellDialplanFirst(reason: Reason, message: string | undefined): Promise<void>;
  /** Says how the call has ended. A caller who is gone already can't be told: not an error. */
  tellDialplanFinally(): Promise<void>;
  /** Runs `handler` after `seconds`, in the call's turn, unless it is cancelled before. */
  after(seconds: number, handler: () => Outcome): CallTimer;
}

export interface CallTimer {
  cancel(): void;
}
