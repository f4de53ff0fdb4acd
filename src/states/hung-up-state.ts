/** HungUp: the caller has hung up; there is nobody left to hang up. The last state of a call. */
import type { CallContext } from '../call/call-context.ts';
import type { CallState } from './call-state.ts';

export class HungUpState implements CallState {
  readonly name = 'hungup';
  readonly final = true;
  readonly #call: CallContext;

  constructor(call: CallContext) {
    this.#call = call;
  }

  async enter(): Promise<void> {
    this.#call.log.info('Channel hung up');
    await this.#call.message.settle('hangup');
  }
}
