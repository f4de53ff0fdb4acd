/** The key maps: which key is which event, in each state. Two for the review, chosen by `VM_KEYS`. */
import { Event } from './event.ts';

/** Keys that are not listed do nothing. */
export type KeyMap = Readonly<Partial<Record<string, Event>>>;

export const RECORDING_KEYS: KeyMap = {
  '#': Event.DTMF_OCTOTHORPE,
  '*': Event.DTMF_STAR,
  '5': Event.DTMF_5,
  '9': Event.DTMF_9,
};

export const REVIEWING_KEYS: Readonly<Record<'tutorial' | 'asterisk', KeyMap>> = {
  tutorial: {
    '#': Event.DTMF_OCTOTHORPE,
    '*': Event.DTMF_STAR,
    '0': Event.DTMF_0,
    '9': Event.DTMF_9,
  },
  // What callers know from app_voicemail, and what its prompt vm-review says.
  asterisk: {
    '1': Event.DTMF_OCTOTHORPE,
    '#': Event.DTMF_OCTOTHORPE,
    '2': Event.DTMF_2,
    '3': Event.DTMF_STAR,
    '*': Event.DTMF_STAR,
    '8': Event.DTMF_0,
    '9': Event.DTMF_9,
  },
};

/** Digits of a mailbox's number are read by the state itself. */
export const COPYING_KEYS: KeyMap = {
  '#': Event.DTMF_OCTOTHORPE,
  '*': Event.DTMF_STAR,
};

/** The owner's; the caller's keys do nothing in a conversation. */
export const CONVERSING_KEYS: KeyMap = {
  '0': Event.DTMF_0,
  '5': Event.DTMF_5,
  '6': Event.DTMF_6,
  '7': Event.DTMF_7,
  '9': Event.DTMF_9,
  '#': Event.DTMF_OCTOTHORPE,
};
