/**
 * HungUp: the caller has hung up. There is nobody left to hang up, and no channel that could be told of the result.
 * The last state of such a call.
 */
import type { CallContext } from '../call/call-context.ts';
import type { CallState } from './call-state.ts';

export class HungUpState implements CallState {
  readonly name = 'hungup';
  readonly #call: CallContext;
  #done = false;

  constructor(call: CallContext) {
    this.#call = call;
  }

  get done(): boolean {
    return this.#done;
  }

  async enter(): Promise<void> {
    this.#call.log.info('Channel hung up');
    await this.#call.message.settle('hangup');
    await this.#call.message.keep();
    await this.#call.endConversation('hangup');
    this.#done = true;
  }
}
