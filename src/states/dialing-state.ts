/**
 * Dialing: the owner's phones ring, and the caller, who is not answered yet, hears ringing.
 *
 * The first state of a call whose dialplan says whom to ring. The first phone that is answered wins. When none is
 * (no answer, busy, not reachable, no such endpoint), the caller leaves a message; one who hangs up stops the phones.
 */
import type { CallContext, CallTimer } from '../call/call-context.ts';
import { Event, type Outcome } from '../call/event.ts';
import type { CallState } from './call-state.ts';
import { toVoicemail } from './to-voicemail.ts';

/** Asterisk ends the ringing; so long after that, its word must have been lost. */
const SLACK_SECONDS = 3;
/** Whoever picks a call up is there within milliseconds, before or after the word that the phone rings no more. */
const PICK_UP_SECONDS = 1;

export class DialingState implements CallState {
  readonly name = 'dialing';
  readonly standing = 'dialing';
  readonly #call: CallContext;
  #limit: CallTimer | undefined;
  #isResumed = false;

  constructor(call: CallContext) {
    this.#call = call;
  }

  /** An earlier daemon has dialled: the phones ring, when the state is entered. */
  resume(): void {
    this.#isResumed = true;
  }

  enter(): void {
    const { log, conversation } = this.#call;
    log.info('Entering dialing state');
    // Of a call that is taken up, an earlier daemon may have told something else, or nothing.
    void this.#call.tellDialplan('hangup', undefined);
    this.#limit = this.#call.after(conversation.plan.timeoutSeconds + SLACK_SECONDS, () => this.#giveUp());
    if (!this.#isResumed) conversation.dial();
  }

  exit(): void {
    this.#limit?.cancel();
  }

  onAnswer(): Event {
    return Event.ANSWERED;
  }

  onLegLeft(): Outcome {
    const { legs } = this.#call.conversation;
    if (legs.owner !== undefined || legs.ringing > 0) return;
    if (!legs.isPickedUp) return this.#giveUp();
    this.#limit?.cancel();
    this.#limit = this.#call.after(PICK_UP_SECONDS, () => this.#giveUp());
  }

  onHangup(): Event {
    return Event.HANGUP;
  }

  #giveUp(): Promise<Event> {
    this.#call.log.info('Nobody answers');
    return toVoicemail(this.#call);
  }
}
