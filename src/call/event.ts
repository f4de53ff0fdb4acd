/** What can happen to a call: the events that move its state machine (the tutorial's `Event`). */
export enum Event {
  /** The caller pressed # */
  DTMF_OCTOTHORPE = 'DTMF_OCTOTHORPE',
  /** The caller pressed * */
  DTMF_STAR = 'DTMF_STAR',
  /** The caller hung up. */
  HANGUP = 'HANGUP',
  /** The recording ended by itself: longest duration, or silence. */
  RECORDING_FINISHED = 'RECORDING_FINISHED',
  /** The recording ended by itself, and there is no message in it. */
  NOTHING_SAID = 'NOTHING_SAID',
  /** The caller ended the recording before there was a message in it. */
  NOTHING_RECORDED = 'NOTHING_RECORDED',
  /** The message was reviewed, and no key came for a while. */
  REVIEW_TIMEOUT = 'REVIEW_TIMEOUT',
  /** An ARI operation failed, or Asterisk stored nothing; the call cannot go on here. */
  FAILED = 'FAILED',
}

/** What a handler may say: the Event that happened, or nothing; at once or later. */
export type Outcome = Event | void | Promise<Event | void>;
