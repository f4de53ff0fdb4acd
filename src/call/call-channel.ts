/** The caller's channel as the states use it: its operations, given up at once when the caller hangs up. */
import { randomUUID } from 'node:crypto';
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort, RecordOptions } from '../ari/ari-port.ts';
import { retry } from './retry.ts';

/** Answers an operation in Asterisk's place, as Asterisk will in a moment. */
class CallerHungUp extends AriError {
  constructor() {
    super('the caller hung up', 404);
  }
}

export class CallChannel {
  readonly #ari: AriPort;
  readonly #id: string;
  readonly #hungUp: AbortSignal;

  constructor(ari: AriPort, id: string, hungUp: AbortSignal) {
    this.#ari = ari;
    this.#id = id;
    this.#hungUp = hungUp;
  }

  get hungUp(): boolean {
    return this.#hungUp.aborted;
  }

  answer(): Promise<void> {
    return this.#untilHangup(() => this.#ari.answer(this.#id));
  }

  /** A playback that has not begun. Its id is known before Asterisk knows it, so no event can be missed. */
  playback(media: string): CallPlayback {
    const id = randomUUID();
    return {
      id,
      media,
      play: () => this.#untilHangup(() => this.#ari.play(this.#id, id, media)),
      stop: () => this.#untilHangup(() => this.#ari.stopPlayback(id)),
    };
  }

  record(options: RecordOptions): Promise<void> {
    return this.#untilHangup(() => this.#ari.record(this.#id, options));
  }

  stopRecording(name: string): Promise<void> {
    return this.#untilHangup(() => this.#ari.stopRecording(name));
  }

  cancelRecording(name: string): Promise<void> {
    return this.#untilHangup(() => this.#ari.cancelRecording(name));
  }

  /** Sets several channel variables in one operation, by the dialplan's function ARRAY. */
  setVariables(variables: Readonly<Record<string, string>>): Promise<void> {
    const names = Object.keys(variables).join(',');
    const values = Object.values(variables).join(',');
    return this.#ari.setChannelVar(this.#id, `ARRAY(${names})`, values);
  }

  /** Lets the caller go on in the dialplan, and insists. */
  async continueInDialplan(): Promise<void> {
    await this.#insist(() => this.#ari.continueInDialplan(this.#id));
  }

  /** Hangs up, and insists: a channel left in Stasis would leave its caller in silence. */
  async hangup(): Promise<void> {
    await this.#insist(() => this.#ari.hangup(this.#id));
  }

  async #insist(operation: () => Promise<void>): Promise<void> {
    try {
      await retry(operation);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** @throws AriError with `isGone` as soon as the caller hangs up */
  async #untilHangup(operation: () => Promise<void>): Promise<void> {
    if (this.#hungUp.aborted) throw new CallerHungUp();
    let onHangup = () => {};
    const hungUp = new Promise<never>((_, reject) => {
      onHangup = () => reject(new CallerHungUp());
    });
    this.#hungUp.addEventListener('abort', onHangup, { once: true });
    try {
      await Promise.race([hungUp, operation()]);
    } finally {
      this.#hungUp.removeEventListener('abort', onHangup);
    }
  }
}

export interface CallPlayback {
  readonly id: string;
  readonly media: string;
  play(): Promise<void>;
  stop(): Promise<void>;
}
