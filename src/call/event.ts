/** What can happen to a call: the events that move its state machine (the tutorial's `Event`). */
export enum Event {
  /** # : stop, accept, copy. Each DTMF event is named after the key of the tutorial's key map (keys.ts). */
  DTMF_OCTOTHORPE = 'DTMF_OCTOTHORPE',
  /** * : record again, do not copy */
  DTMF_STAR = 'DTMF_STAR',
  /** 0 : copy to another mailbox, record a conversation */
  DTMF_0 = 'DTMF_0',
  /** Listen again; only the key map `asterisk` has a key for it. */
  DTMF_2 = 'DTMF_2',
  /** 5 : pause, go on */
  DTMF_5 = 'DTMF_5',
  /** 6 : mute the recording of a conversation, unmute it */
  DTMF_6 = 'DTMF_6',
  /** 7 : stop the recording of a conversation, keep it */
  DTMF_7 = 'DTMF_7',
  /** 9 : throw away and end the call */
  DTMF_9 = 'DTMF_9',
  /** The caller hung up. */
  HANGUP = 'HANGUP',
  /** A phone that rings was answered. */
  ANSWERED = 'ANSWERED',
  /** Nobody answers, or nobody can be talked to: the caller leaves a message. */
  NO_ANSWER = 'NO_ANSWER',
  /** The owner hung up. */
  OWNER_HANGUP = 'OWNER_HANGUP',
  /** The recording ended by itself: longest duration, or silence. */
  RECORDING_FINISHED = 'RECORDING_FINISHED',
  /** The recording ended by itself, and there is no message in it. */
  NOTHING_SAID = 'NOTHING_SAID',
  /** The caller ended the recording before there was a message in it. */
  NOTHING_RECORDED = 'NOTHING_RECORDED',
  /** Asterisk could not store what was recorded; the caller may try again. */
  STORAGE_FAILED = 'STORAGE_FAILED',
  /** No key came for a while. */
  TIMEOUT = 'TIMEOUT',
  /** The call has lasted so long that nobody can mean it. */
  TOO_LONG = 'TOO_LONG',
  /** An ARI operation failed; the call cannot go on here. */
  FAILED = 'FAILED',
}

/** What a handler may say: the Event that happened, or nothing; at once or later. */
export type Outcome = Event | void | Promise<Event | void>;
