/** What all states of a call have in common: which events they can be told of. */
import type { LiveRecordingInfo, Playback } from '../ari/ari-port.ts';
import type { Outcome } from '../call/event.ts';
import type { StandingState } from '../call/standing.ts';
import type { State } from '../call/state-machine.ts';

/**
 * A state of a VoiceMailCall. A handler does what the event asks for and returns the Event that happened,
 * or nothing; the call moves the machine. Handlers run one at a time. A handler that a state lacks means
 * that the event does not concern it.
 */
export interface CallState extends State {
  /** What a later daemon is told of where the call stands; nothing if there is nothing to take up. */
  readonly standing?: StandingState;
  /** Becomes true when the call is over; only the last states have it. */
  readonly done?: boolean;
  /** A key of the caller's, which was told `at` that time, by performance.now(): perhaps long before its turn. */
  onDtmf?(digit: string, at: number): Outcome;
  onHangup?(): Outcome;
  /** The call has lasted so long that nobody can mean it: it is to end, with what there is. */
  onTooLong?(): Outcome;
  /** The caller speaks, or has not for a while, as was told `at` that time, in ms. */
  onTalking?(isTalking: boolean, at: number): Outcome;
  /** From now on, nothing is heard of the call. */
  onConnectionLost?(): Outcome;
  /** It is heard again; recordings and playbacks that have ended meanwhile were told. */
  onConnectionBack?(): Outcome;
  /** The call was transferred: the caller's channel is another. */
  onMoved?(): Outcome;
  /** A phone was answered. */
  onAnswer?(): Outcome;
  /** A phone rings no more, or the owner has hung up. */
  onLegLeft?(): Outcome;
  /** A key of the owner's. */
  onOwnerDtmf?(digit: string): Outcome;
  onPlaybackFinished?(playback: Playback): Outcome;
  onRecordingFinished?(recording: LiveRecordingInfo): Outcome;
}
