/** What a state knows of its call. States see this and never the VoiceMailCall itself. */
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { CallChannel } from './call-channel.ts';
import type { Outcome } from './event.ts';
import type { VoiceMessage } from './voice-message.ts';

export interface CallContext {
  readonly config: Config;
  /** Carries the call's channel, mailbox and state. */
  readonly log: Logger;
  readonly channel: CallChannel;
  readonly message: VoiceMessage;
  /** Runs `handler` after `seconds`, in the call's turn, unless it is cancelled before. */
  after(seconds: number, handler: () => Outcome): CallTimer;
}

export interface CallTimer {
  cancel(): void;
}
