/**
 * The caller's channel as the states use it: its operations, given up at once when the caller hangs up. Which channel
 * that is can change: when a call is transferred, another takes its place, and goes on with whatever it was doing.
 */
import { AriError, isGone } from '../ari/ari-error.ts';
import type { AriPort, Assignment, LiveRecordingInfo, Playback, RecordOptions } from '../ari/ari-port.ts';
import type { RecordingSource } from './recording-source.ts';
import { ONCE_MORE, pause, retry, unlessGone } from './retry.ts';
import { within } from '../within.ts';

/** After all attempts at leaving have failed, they begin anew. */
const INSIST_PAUSE_MS = 5_000;

/** That another channel has taken its place is told within milliseconds; the old one is not found any more by then. */
const MOVE_MS = 200;

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
  /** The channel with which the call began; playbacks are named after it. */
  readonly #origin: string;
  #id: string;
  #canContinue = true;
  #moved: Promise<void>;
  #resolveMoved: () => void = () => {};
  /** Those who wait for an operation; told when the caller hangs up. */
  readonly #waiting = new Set<(error: AriError) => void>();
  #hungUp = false;
  /** Playbacks whose answer is being waited for. */
  readonly #beginning = new Map<string, () => void>();
  #playbacks = 0;
  /** The id of the playback that has not ended, as far as is known. */
  #playing: string | undefined;

  /** @param origin the channel with which the call began, if that is another */
  constructor(ari: AriPort, id: string, origin = id) {
    this.#ari = ari;
    this.#id = id;
    this.#origin = origin;
    this.#moved = this.#nextMove();
  }

  /** The id of the channel that is the caller's now. */
  get id(): string {
    return this.#id;
  }

  /** Whether it is another than that with which the call began. */
  get isAnother(): boolean {
    return this.#id !== this.#origin;
  }

  /** Whether the dialplan has sent it; not if it has come into a bridge in another's place. */
  get canContinue(): boolean {
    return this.#canContinue;
  }

  /**
   * Another channel has taken the caller's place.
   * @param isInBridge whether they were in a bridge: then the dialplan does not go on with the new one
   */
  moveTo(id: string, isInBridge: boolean): void {
    this.#id = id;
    if (isInBridge) this.#canContinue = false;
    this.#resolveMoved();
    this.#moved = this.#nextMove();
  }

  #nextMove(): Promise<void> {
    return new Promise((resolve) => (this.#resolveMoved = resolve));
  }

  /**
   * Resolves when another channel has taken the place of `id`, or a little later.
   * @returns whether one has
   */
  async hasMovedFrom(id: string): Promise<boolean> {
    if (this.#id === id && !this.#hungUp) await within(MOVE_MS, this.#moved);
    return this.#id !== id;
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
    return this.#untilHangup(() => this.#operate((id) => this.#ari.answer(id)));
  }

  /** Lets the caller hear that it rings. */
  ring(): Promise<void> {
    return this.#untilHangup(() => this.#operate((id) => this.#ari.ring(id)));
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
    return `${this.#origin}-vm-${n % PLAYBACK_IDS}`;
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
    return { id, target_uri: `channel:${this.#origin}`, state: 'done' };
  }

  /** Its end may come before the answer, or without one: then it has been played. */
  async #play(id: string, media: string): Promise<void> {
    const finished = new Promise<void>((resolve) => this.#beginning.set(id, resolve));
    this.#playing = id;
    try {
      await Promise.race([finished, this.#operate((channel) => this.#ari.play(channel, id, media))]);
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
    return this.#untilHangup(() => this.#operate((id) => this.#ari.record(id, options)));
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
    return this.#operate((id) => this.#ari.setChannelVars(id, variables));
  }

  /** Lets the caller go on in the dialplan, and insists. */
  continueInDialplan(): Promise<void> {
    return this.#insist(() => this.#operate((id) => this.#ari.continueInDialplan(id)));
  }

  /** Hangs up, and insists: a channel left in Stasis would leave its caller in silence. */
  hangup(): Promise<void> {
    return this.#insist(() => this.#operate((id) => this.#ari.hangup(id)));
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

  /** One that finds no channel is tried again on the one that has taken its place. */
  async #operate<T>(operation: (id: string) => Promise<T>): Promise<T> {
    for (;;) {
      const id = this.#id;
      try {
        return await operation(id);
      } catch (error) {
        if (!isGone(error) || !(await this.hasMovedFrom(id))) throw error;
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
