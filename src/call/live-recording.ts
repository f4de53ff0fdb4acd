/** One recording while it is being made: the tutorial's LiveRecording, with an end that can be waited for. */
import { isGone } from '../ari/ari-error.ts';
import type { LiveRecordingInfo } from '../ari/ari-port.ts';
import type { CallChannel } from './call-channel.ts';

/** After stop, cancel or a hangup, RecordingFinished comes within milliseconds; it may never have begun. */
const FINISH_LIMIT_MS = 5_000;

export class LiveRecording {
  readonly name: string;
  readonly #channel: CallChannel;
  readonly #begun = Date.now();
  readonly #end: Promise<LiveRecordingInfo | undefined>;
  #resolveEnd: (info?: LiveRecordingInfo) => void = () => {};
  #elapsedSeconds: number | undefined;
  #discarded = false;

  constructor(channel: CallChannel, name: string) {
    this.#channel = channel;
    this.name = name;
    this.#end = new Promise((resolve) => (this.#resolveEnd = resolve));
  }

  /** It is to be thrown away. */
  get discarded(): boolean {
    return this.#discarded;
  }

  /** How long it lasted by the clock, once RecordingFinished has come. */
  get elapsedSeconds(): number | undefined {
    return this.#elapsedSeconds;
  }

  /** RecordingFinished (or RecordingFailed) came for this recording. */
  finish(info: LiveRecordingInfo): void {
    this.#elapsedSeconds ??= (Date.now() - this.#begun) / 1000;
    this.#resolveEnd(info);
  }

  /** The channel has left: whatever was being recorded is closed, and no more will be heard of it. */
  channelLeft(): void {
    this.#resolveEnd();
  }

  /** Resolves at the end of the recording; with nothing if Asterisk said nothing of it in time. */
  async finished(): Promise<LiveRecordingInfo | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), FINISH_LIMIT_MS);
    });
    return Promise.race([this.#end, limit]).finally(() => clearTimeout(timer));
  }

  /**
   * Stops and stores it, and waits until it is finished. Does nothing if it already is. The finish may come
   * before Asterisk's answer, or without one.
   */
  async stop(): Promise<void> {
    await Promise.race([this.#insist(() => this.#channel.stopRecording(this.name)), this.#end]);
    await this.finished();
  }

  /**
   * Stops it and throws it away, and waits until it is finished. Only Asterisk's answer makes it thrown
   * away: should the caller hang up before, what was said since may be in it.
   */
  async cancel(): Promise<void> {
    await this.#insist(() => this.#channel.cancelRecording(this.name));
    await this.finished();
    this.#discarded = true;
  }

  /** It has ended, and is to be thrown away. */
  drop(): void {
    this.#discarded = true;
  }

  /** Tries twice. "Not found" means that it has ended by itself. */
  async #insist(operation: () => Promise<void>): Promise<void> {
    const unlessEnded = (error: unknown) => {
      if (!isGone(error) || this.#channel.hungUp) throw error;
    };
    try {
      await operation().catch(unlessEnded);
    } catch {
      await operation().catch(unlessEnded);
    }
  }
}
