/**
 * What a story needs to be told: a caller, and a look at what was stored. There are two stages, one on a
 * real Asterisk and one on the fake; the stories are the same.
 */

/** A stretch of sound: one tone, or silence (no `hz`). */
export interface Sound {
  readonly hz: number | undefined;
  readonly seconds: number;
  /** 0 = the loudest sine */
  readonly levelDb: number;
}

export interface StoredMessage {
  /** As in `voicemail/305/INBOX/<id>`. */
  readonly name: string;
  readonly seconds: number;
  readonly sounds: readonly Sound[];
}

export interface Caller {
  /** Resolves when the daemon has logged `message` for this call, for the `times`-th time. */
  until(message: string, times?: number): Promise<void>;
  /** @param levelDb how loud; 0 = the loudest sine */
  say(hz: number, seconds: number, levelDb?: number): Promise<void>;
  /** Nothing comes from the phone any more, not even silence. */
  mute(): Promise<void>;
  unmute(): Promise<void>;
  /** Talks on until the call ends. */
  talkOn(hz: number): Promise<void>;
  press(digits: string): Promise<void>;
  wait(seconds: number): Promise<void>;
  hangup(): Promise<void>;
  /** Resolves when the call is over for Asterisk. */
  gone(): Promise<void>;
  /** Resolves when the call is over, for Asterisk and for the daemon. */
  over(): Promise<void>;
  /** All that the caller has heard, beeps included, when the call is over. */
  heard(): Promise<readonly Sound[]>;
  /** The daemon's log of this call: the messages, in order. */
  log(): readonly string[];
}

export interface Stage {
  call(mailbox: string): Promise<Caller>;
  /** What is stored below `voicemail/<mailbox>`, sorted by name. */
  messages(mailbox: string): Promise<readonly StoredMessage[]>;
}

/** The settings under which every story is told. */
export const STORY_SETTINGS = {
  VM_MAX_SECONDS: '5',
  VM_MAX_SILENCE_SECONDS: '2',
  VM_REVIEW_TIMEOUT_SECONDS: '2',
  VM_PROMPTS: 'off',
  VM_MAILBOXES: '300-399',
};
