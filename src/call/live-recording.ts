/**
 * One recording while it is being made, of a channel or of a bridge: the tutorial's LiveRecording, with a beginning
 * and an end that can be waited for.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { LiveRecordingInfo } from '../ari/ari-port.ts';
import { CallerHungUp } from './call-channel.ts';
import type { RecordingSource } from './recording-source.ts';
import { within } from '../within.ts';

/** RecordingStarted comes within milliseconds of the answer to `record`. */
const START_LIMIT_MS = 1_000;
/** After stop, cancel or a hangup, RecordingFinished comes within milliseconds; it may never have begun. */
const FINISH_LIMIT_MS = 1_500;
/** A stop that was answered, but not obeyed, is sent again. */
const ATTEMPTS = 3;

export class LiveRecording {
  readonly name: string;
  readonly #source: RecordingSource;
  readonly #start: Promise<void>;
  readonly #end: Promise<void>;
  #resolveStart!: () => void;
  #resolveEnd!: () => void;
  #begun: number | undefined = performance.now();
  #elapsedSeconds: number | undefined;
  #info: LiveRecordingInfo | undefined;
  #hasBegun = false;
  #hasEnded = false;
  #discarded = false;

  /** @param source what is recorded */
  constructor(source: RecordingSource, name: string) {
    this.#source = source;
    this.name = name;
    this.#start = new Promise((resolve) => (this.#resolveStart = resolve));
    this.#end = new Promise((resolve) => (this.#resolveEnd = resolve));
  }

  /** It is to be thrown away. */
  get discarded(): boolean {
    return this.#discarded;
  }

  /** Asterisk has said that it is being made. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** It has ended, whether Asterisk said so or not. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** How long it lasted by the clock, once RecordingFinished has come; unknown if an earlier daemon began it. */
  get elapsedSeconds(): number | undefined {
    return this.#elapsedSeconds;
  }

  /** An earlier daemon has begun it. */
  takeUp(): void {
    this.#begun = undefined;
    this.#hasBegun = true;
    this.#resolveStart();
  }

  /** RecordingStarted came for this recording. */
  started(): void {
    this.#begun = performance.now();
    this.#hasBegun = true;
    this.#resolveStart();
  }

  /** RecordingFinished (or RecordingFailed) came for this recording. */
  finish(info: LiveRecordingInfo): void {
    if (this.#begun !== undefined) this.#elapsedSeconds ??= (performance.now() - this.#begun) / 1000;
    this.#info = info;
    this.#ended();
  }

  /** No more will be heard of it: the channel has left, or it has hardly begun. Whatever was being recorded is closed. */
  channelLeft(): void {
    this.#ended();
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#resolveStart();
    this.#resolveEnd();
  }

  /**
   * Waits until it is really being recorded, which is when stop and cancel begin to be obeyed.
   * @param answer that of the record operation; it may come late, or never
   */
  async begin(answer: Promise<void>): Promise<void> {
    await Promise.race([answer, this.#start]);
    this.#hasBegun = true;
    answer.catch(() => {}); // it has begun, whatever the answer is
    await within(START_LIMIT_MS, this.#start);
  }

  /** Resolves at the end of the recording; with nothing if Asterisk said nothing of it in time. */
  async finished(): Promise<LiveRecordingInfo | undefined> {
    await within(FINISH_LIMIT_MS, this.#end);
    return this.#info;
  }

  /** Stops and stores it, and waits until it is finished. */
  async stop(): Promise<void> {
    await this.#finishBy(() => this.#source.stopRecording(this.name));
  }

  /**
   * Stops it and throws it away, and waits until it is finished. While it is being made, only Asterisk's word
   * makes it thrown away.
   */
  async cancel(): Promise<void> {
    this.#discarded = this.#hasEnded;
    if (!this.#discarded)
      this.#discarded = await this.#finishBy(() => this.#source.cancelRecording(this.name));
  }

  /**
   * Repeats `operation` until the recording has finished. The finish may come before Asterisk's answer, or
   * without one; "not found" and "conflict" mean that it is near.
   * @returns whether Asterisk obeyed, or had nothing left to obey with
   * @throws AriError if the recording goes on for all that; or if the caller hangs up, and then what was
   *   said since may be in it
   */
  async #finishBy(operation: () => Promise<void>): Promise<boolean> {
    let failure = new AriError(`${this.name} goes on being recorded`);
    let obeyed = false;
    for (let attempt = 0; attempt < ATTEMPTS && !obeyed && !this.#hasEnded; attempt++) {
      const answered = operation().then(
        () => (obeyed = true),
        (error: unknown) => {
          if (isGone(error)) obeyed = true;
          else if (error instanceof AriError) failure = error;
        },
      );
      await Promise.race([answered, this.#end]);
      await this.finished();
      if (this.#hasEnded) await within(FINISH_LIMIT_MS, answered);
      else obeyed = false;
    }
    if (this.#source.hungUp) throw new CallerHungUp();
    if (!this.#hasEnded && (await this.#isLive())) throw failure;
    return obeyed;
  }

  /** No finish was told: then Asterisk must know. */
  async #isLive(): Promise<boolean> {
    try {
      await this.#source.getLiveRecording(this.name);
      return true;
    } catch (error) {
      return !isGone(error);
    }
  }
}
