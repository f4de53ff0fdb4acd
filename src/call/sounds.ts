/**
 * Every sound that a caller may hear, by its name among Asterisk's core sounds. A prompt stands here only
 * where its words, in the comment, are true for every key map and setting under which it is played.
 */
import type { Reason } from './call-result.ts';

export const BEEP = 'sound:beep';
/** Falling tones: the recording pauses; in a conversation, it does not hold what is said from now on. */
export const PAUSE_CUE = 'sound:descending-2tone';
/** Rising tones: it goes on; in a conversation, it holds again what is said. */
export const RESUME_CUE = 'sound:ascending-2tone';

/** Spoken prompts; silent with `VM_PROMPTS=off`. */
export const PROMPTS = {
  /** Please leave your message after the tone. When done hang up or press the pound key. */
  intro: ['sound:vm-intro'],
  /** Your message is too short. */
  tooShort: ['sound:vm-tooshort'],
  /** If this is correct, press pound. To re-record it, press star. */
  reviewTutorialKeys: [
    ...['sound:if-correct-press', 'sound:digits/pound'],
    ...['sound:to-rerecord-it', 'sound:vm-press', 'sound:digits/star'],
  ],
  /** Press 1 to accept this recording, press 2 to listen to it, press 3 to rerecord your message. */
  reviewAsteriskKeys: ['sound:vm-review'],
  /** Extension ... followed by the pound key ... press star to cancel. */
  copyTo: ['sound:vm-extension', 'sound:astcc-followed-by-the-pound-key', 'sound:vm-star-cancel'],
  /** Your message has been successfully forwarded. */
  copied: ['sound:vm-msgforwarded'],
  /** I'm sorry. Cancelled. Not "try again": the review has other keys. */
  copyFailed: ['sound:im-sorry', 'sound:cancelled'],
  /** Cancelled. */
  notCopied: ['sound:cancelled'],
  /** I'm sorry. Please try again. */
  tryAgain: ['sound:im-sorry', 'sound:please-try-again'],
  /** I'm sorry. Please try your call again later. */
  tryLater: ['sound:im-sorry', 'sound:please-try-call-later'],
  /** Sorry, but the user's mailbox can't accept more messages. */
  mailboxFull: ['sound:vm-mailboxfull'],
  /** The number you have dialed is not in service. Please check the number and try again. */
  badMailbox: ['sound:ss-noservice'],
  /** Your message has been saved. */
  saved: ['sound:vm-msgsaved'],
  /** Message deleted. */
  deleted: ['sound:vm-deleted'],
  /** Goodbye. Only where the daemon hangs up. */
  goodbye: ['sound:vm-goodbye'],
} as const satisfies Record<string, readonly string[]>;

export type Prompt = keyof typeof PROMPTS;

/** What is said at the end of a call, by its reason, and by whether there is a message. */
export function closingPrompts(reason: Reason, hasMessage: boolean): readonly Prompt[] {
  // Two people have said goodbye to each other.
  if (reason === 'conversation') return [];
  if (reason === 'discarded') return ['deleted'];
  if (reason === 'bad-mailbox') return ['badMailbox'];
  if (reason === 'full') return ['mailboxFull'];
  // What was said last is lost, whatever was said before.
  if (reason === 'storage') return hasMessage ? ['tryLater', 'saved'] : ['tryLater'];
  if (hasMessage) return ['saved'];
  return reason === 'silence' ? ['tooShort'] : ['tryLater'];
}
