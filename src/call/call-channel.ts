/** The caller's channel as the states use it: its operations, given up at once when the caller hangs up. */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort, Assignment, LiveRecordingInfo, Playback, RecordOptions } from '../ari/ari-port.ts';
import type { RecordingSource } from './recording-source.ts';
import { ONCE_MORE, pause, retry, unlessGone } from './retry.ts';

/** After all attempts at leaving have failed, they begin anew. */
const INSIST_PAUSE_MS = 5_000;

/**
 * Ids for playbacks, used in turn: a daemon that takes the call up can't know which one is playing, but can stop
 * these few. An id comes again only when what is told of the playback before has long arrived.
 */
const PLAYBACK_IDS = 8;

/** Answers an operation in Asterisk's place, as Asterisk will in a moment. */
export class CallerHungUp extends AriError {
  constructor() {
    super('the caller hung up', 404);
  }
}

export class CallChannel implements RecordingSource {
  readonly #ari: AriPort;
  readonly #id: string;
  /** Those who wait for an operation; told when the caller hangs up. */
  readonly #waiting = new Set<(error: AriError) => void>();
  #hungUp = false;
  /** Playbacks whose answer is being waited for. */
  readonly #beginning = new Map<string, () => void>();
  #playbacks = 0;
  /** The id of the playback that has not ended, as far as is known. */
  #playing: string | undefined;

  constructor(ari: AriPort, id: string) {
    this.#ari = ari;
    this.#id = id;
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  /** Whether it can be heard when the caller speaks. */
  get hearsTalk(): boolean {
    return this.#ari.hearsTalk;
  }

  /** The caller has hung up: whatever is being waited for is given up. */
  leave(): void {
    this.#hungUp = true;
    if (this.#waiting.size === 0) return;
    const error = new CallerHungUp();
    for (const giveUp of this.#waiting) giveUp(error);
  }

  answer(): Promise<void> {
    return this.#untilHangup(() => this.#ari.answer(this.#id));
  }

  /** Lets the caller hear that it rings. */
  ring(): Promise<void> {
    return this.#untilHangup(() => this.#ari.ring(this.#id));
  }

  /** A playback that has not begun. Its id is known before Asterisk knows it, so no event can be missed. */
  playback(media: string): CallPlayback {
    const id = this.#playbackId(this.#playbacks++);
    return {
      id,
      media,
      play: () => this.#untilHangup(() => this.#play(id, media)),
      stop: () => {
        if (this.#playing === id) this.#playing = undefined;
        return this.#untilHangup(() => retry(() => this.#ari.stopPlayback(id), ONCE_MORE));
      },
    };
  }

  #playbackId(n: number): string {
    return `${this.#id}-vm-${n % PLAYBACK_IDS}`;
  }

  /** Stops whatever an earlier daemon was playing, and keeps clear of its ids: their ends are still to be told. */
  async silence(): Promise<void> {
    const stop = async (_: unknown, n: number) => {
      await this.#ari.stopPlayback(this.#playbackId(n)).then(
        () => (this.#playbacks = Math.max(this.#playbacks, n + 1)),
        () => {},
      );
    };
    await Promise.all(Array.from({ length: PLAYBACK_IDS }, stop));
  }

  /** The playback that has ended without our being told, if there is one: while the connection was lost. */
  async playbackEndedUnheard(): Promise<Playback | undefined> {
    const id = this.#playing;
    if (id === undefined) return undefined;
    const isPlaying = await this.#ari.getPlayback(id).then(
      () => true,
      (error: unknown) => !isGone(error),
    );
    if (isPlaying) return undefined;
    this.playbackFinished(id);
    return { id, target_uri: `channel:${this.#id}`, state: 'done' };
  }

  /** Its end may come before the answer, or without one: then it has been played. */
  async #play(id: string, media: string): Promise<void> {
    const finished = new Promise<void>((resolve) => this.#beginning.set(id, resolve));
    this.#playing = id;
    try {
      await Promise.race([finished, this.#ari.play(this.#id, id, media)]);
    } finally {
      this.#beginning.delete(id);
    }
  }

  /** Hands on PlaybackFinished, whatever the call is busy with. */
  playbackFinished(id: string): void {
    if (this.#playing === id) this.#playing = undefined;
    this.#beginning.get(id)?.();
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

  getLiveRecording(name: string): Promise<LiveRecordingInfo> {
    return this.#untilHangup(() => this.#ari.getLiveRecording(name));
  }

  /** Sets channel variables, and dialplan functions of the channel, in one operation. */
  setVariables(variables: readonly Assignment[]): Promise<void> {
    return this.#ari.setChannelVars(this.#id, variables);
  }

  /** Lets the caller go on in the dialplan, and insists. */
  continueInDialplan(): Promise<void> {
    return this.#insist(() => this.#ari.continueInDialplan(this.#id));
  }

  /** Hangs up, and insists: a channel left in Stasis would leave its caller in silence. */
  hangup(): Promise<void> {
    return this.#insist(() => this.#ari.hangup(this.#id));
  }

  /** Hangs up a channel that seems to be gone already. */
  async hangupAnyway(): Promise<void> {
    await unlessGone(() => this.#ari.hangup(this.#id));
  }

  /** Resolves after `ms`; rejects as soon as the caller hangs up. */
  pause(ms: number): Promise<void> {
    return this.#untilHangup(() => pause(ms));
  }

  /** Tries until it succeeds, or the caller has left. */
  async #insist(operation: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await this.#untilHangup(() => retry(operation));
      } catch (error) {
        if (isGone(error)) return;
        await this.pause(INSIST_PAUSE_MS).catch(() => {});
      }
    }
  }

  /** @throws AriError with `isGone` as soon as the caller hangs up */
  async #untilHangup<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#hungUp) throw new CallerHungUp();
    let giveUp!: (error: AriError) => void;
    const hungUp = new Promise<never>((_, reject) => (giveUp = reject));
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([hungUp, operation()]);
    } finally {
      this.#waiting.delete(giveUp);
    }
  }
}

export interface CallPlayback {
  readonly id: string;
  readonly media: string;
  play(): Promise<void>;
  stop(): Promise<void>;
}
