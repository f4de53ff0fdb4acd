/** Ending: the daemon hangs the caller up; the message, if there is one, stays. The last state of a call. */
import type { CallContext } from '../call/call-context.ts';
import type { CallState } from './call-state.ts';

export class EndingState implements CallState {
  readonly name = 'ending';
  readonly final = true;
  readonly #call: CallContext;

  constructor(call: CallContext) {
    this.#call = call;
  }

  async enter(): Promise<void> {
    this.#call.log.info('Ending voice mail call');
    try {
      await this.#call.channel.hangup();
    } finally {
      // After a failure a take may still be running; the hangup has made Asterisk close and keep it.
      await this.#call.message.settle('end of call');
    }
  }
}
