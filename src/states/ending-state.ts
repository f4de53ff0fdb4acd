/**
 * Ending: the caller is told what became of the message, and is hung up, or goes on in the dialplan. The
 * last state of a call that the caller has not ended.
 */
import type { Playback } from '../ari/ari-port.ts';
import type { CallContext } from '../call/call-context.ts';
import { Event, type Outcome } from '../call/event.ts';
import { closingPrompts } from '../call/sounds.ts';
import type { CallState } from './call-state.ts';
import { Playlist } from './playlist.ts';

export class EndingState implements CallState {
  readonly name = 'ending';
  readonly standing = 'ending';
  readonly #call: CallContext;
  readonly #playlist: Playlist;
  #stuck = false;
  #done = false;

  constructor(call: CallContext) {
    this.#call = call;
    this.#playlist = new Playlist(call, () => this.#leave());
  }

  get done(): boolean {
    return this.#done;
  }

  async enter(): Promise<Event | void> {
    const { log, message, prompts, config } = this.#call;
    log.info('Ending voice mail call');
    // After a failure a take may still be running, and nothing would be heard over it.
    this.#stuck = (await message.close('end of call')) === 'stuck';
    const { reason } = this.#call;
    await this.#call.tellDialplanFirst(reason, this.#call.kept);
    if (this.#stuck) return this.#leave();
    for (const prompt of closingPrompts(reason, message.stored !== undefined)) prompts.add(prompt);
    if (config.whenDone === 'hangup' && reason !== 'conversation') prompts.add('goodbye');
    return this.#playlist.play(prompts.take());
  }

  onPlaybackFinished(playback: Playback): Outcome {
    return this.#playlist.onPlaybackFinished(playback);
  }

  /** Any key cuts the goodbye short. */
  async onDtmf(): Promise<void> {
    await this.#playlist.stop();
    await this.#leave();
  }

  onHangup(): Event {
    return Event.HANGUP;
  }

  async #leave(): Promise<void> {
    const { channel, config, message } = this.#call;
    try {
      await this.#call.tellDialplanFinally();
      // A recording that cannot be stopped ends with the channel only.
      if (config.whenDone === 'continue' && channel.canContinue && !this.#stuck)
        await channel.continueInDialplan();
      else await channel.hangup();
    } finally {
      await message.settle('end of call');
      await message.keep();
      await this.#call.endConversation('end of call');
      this.#done = true;
    }
  }
}
