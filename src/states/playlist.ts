/**
 * Sounds that a state plays one after the other. What cannot be played is a warning, and the next follows:
 * a missing sound never ends a call, and neither does a playback whose end is never told.
 */
import { isGone } from '../ari/ari-error.ts';
import type { Playback } from '../ari/ari-port.ts';
import type { CallPlayback } from '../call/call-channel.ts';
import type { CallContext, CallTimer } from '../call/call-context.ts';
import type { Event, Outcome } from '../call/event.ts';
const RECORDING = 'recording:';
/** No prompt is as long as this; one that has not ended by then is taken for ended. */
const PROMPT_LIMIT_SECONDS = 20;

export class Playlist {
  readonly #call: CallContext;
  readonly #onEnd: () => Outcome;
  #waiting: string[] = [];
  #playback: CallPlayback | undefined;
  #limit: CallTimer | undefined;

  /** @param onEnd what follows when all have been played */
  constructor(call: CallContext, onEnd: () => Outcome) {
    this.#call = call;
    this.#onEnd = onEnd;
  }

  get isPlaying(): boolean {
    return this.#playback !== undefined;
  }

  /** Whether `playback` is that of the message. */
  isPlayingRecording(playback: Playback): boolean {
    return playback.id === this.#playback?.id && this.#playback.media.startsWith(RECORDING);
  }

  /** Plays `media` (ARI's media URIs), in place of what was being played. */
  async play(media: readonly string[]): Promise<Event | void> {
    this.#waiting = [...media];
    return this.#next();
  }

  /** To be told of every PlaybackFinished; those of other playbacks, or of earlier ones, change nothing. */
  async onPlaybackFinished(playback: Playback): Promise<Event | void> {
    if (playback.id !== this.#playback?.id) return;
    if (playback.state === 'failed') {
      this.#call.log.warn({ media: this.#playback.media }, 'Could not play');
    }
    return this.#next();
  }

  /** Cuts short what is being played, but for the last of the list. */
  async skipToLast(): Promise<Event | void> {
    const last = this.#waiting.at(-1);
    if (last === undefined) return;
    await this.stop();
    return this.play([last]);
  }

  /** Stops, without `onEnd`. */
  stop(): Promise<void> {
    this.#waiting = [];
    return this.#stopCurrent();
  }

  async #stopCurrent(): Promise<void> {
    const playback = this.#playback;
    this.#forget();
    if (!playback || this.#call.channel.hungUp) return;
    try {
      await playback.stop();
    } catch (error) {
      if (!isGone(error)) this.#call.log.warn({ err: error }, 'Could not stop the playback');
    }
  }

  async #next(): Promise<Event | void> {
    this.#forget();
    for (let media = this.#waiting.shift(); media !== undefined; media = this.#waiting.shift()) {
      if (await this.#begin(media)) return;
    }
    return this.#onEnd();
  }

  async #begin(media: string): Promise<boolean> {
    const playback = this.#call.channel.playback(media);
    this.#playback = playback;
    try {
      await playback.play();
    } catch (error) {
      if (isGone(error)) throw error;
      this.#call.log.warn({ err: error, media }, 'Could not play');
      this.#forget();
      return false;
    }
    // Whatever comes next, a recording above all, would wait in silence until this has ended.
    this.#limit = this.#call.after(this.#limitOf(media), async () => {
      await this.#stopCurrent();
      return this.#next();
    });
    return true;
  }

  #limitOf(media: string): number {
    const message = media.startsWith(RECORDING) ? (this.#call.message.stored?.elapsedSeconds ?? 0) : 0;
    return message + PROMPT_LIMIT_SECONDS;
  }

  #forget(): void {
    this.#limit?.cancel();
    this.#limit = undefined;
    this.#playback = undefined;
  }
}
