/** What a scripted caller does in a call, like a person with a phone: speaks, presses keys, hangs up. */
import { randomUUID } from 'node:crypto';
import type { AriEvent, AriLink } from './ari-link.ts';
import { ignoreGone, type Leg } from './leg.ts';
import type { ToneFile } from './tone-files.ts';

export interface PressOptions {
  /** Pause between two digits, in ms; by default 100. */
  betweenMs?: number;
  /** How long a key is held, in ms; by default 100, and Asterisk makes no digit shorter than that. */
  durationMs?: number;
}

/** Something that is being said in the background. */
export interface Talk {
  /** Resolves when the caller is silent. Safe to call again, and after the call. */
  stop(): Promise<void>;
}

/** Time limits in ms. */
const LONGEST_SOUND = 600_000;
/** Added to what a sound or a digit lasts, for a machine that is busy with hundreds of calls. */
const MARGIN = 5_000;

const DIGIT_MS = 100;

/** A caller in a call. What it does rejects when the call is over or ends meanwhile. It does one thing at a time. */
export class LocalCaller {
  readonly #link: AriLink;
  readonly #leg: Leg;
  readonly #toneFile: ToneFile;
  #talk: Talk | undefined;
  #busy = false;

  constructor(link: AriLink, leg: Leg, toneFile: ToneFile) {
    this.#link = link;
    this.#leg = leg;
    this.#toneFile = toneFile;
  }

  /** Channel id of the caller's own leg. */
  get id(): string {
    return this.#leg.id;
  }

  /** Channel id of the other half of the Local channel: the one that the daemon sees in Stasis. */
  get farId(): string {
    return this.#leg.farId;
  }

  /** Resolves when the own leg is gone, whoever hung up, and the recording `heard` is complete. Never rejects. */
  get ended(): Promise<void> {
    return this.#leg.ended;
  }

  get hasEnded(): boolean {
    return this.#leg.hasEnded;
  }

  /**
   * Speaks a tone of `hz` for exactly that long.
   * @param toneDb how loud; 0 = the loudest sine
   */
  say(hz: number, seconds: number, toneDb?: number): Promise<void> {
    return this.#alone(async () => {
      const { finished } = await this.#play(await this.#toneFile(hz, seconds, toneDb));
      await finished;
    });
  }

  /** Plays a sound file of at most 10 minutes to its end; `path` is absolute and without extension. */
  saySound(path: string): Promise<void> {
    return this.#alone(async () => {
      const { finished } = await this.#play(path);
      await finished;
    });
  }

  /** Speaks a tone in the background; it ends after `seconds`, by stop(), or when the caller does something else. */
  startSaying(hz: number, seconds: number): Promise<Talk> {
    return this.#alone(async () => {
      const { id, finished } = await this.#play(await this.#toneFile(hz, seconds));
      const stop = async () => {
        if (this.hasEnded) return;
        await this.#link.request('DELETE', `/playbacks/${id}`).catch(ignoreGone);
        await finished.catch(() => undefined);
      };
      return (this.#talk = { stop });
    });
  }

  /** Presses keys; resolves when the far side has got all of them. As on a phone nothing is said meanwhile. */
  async press(digits: string, options: PressOptions = {}): Promise<void> {
    const { betweenMs = DIGIT_MS, durationMs = DIGIT_MS } = options;
    const limit = digits.length * (betweenMs + Math.max(durationMs, DIGIT_MS)) + MARGIN;
    await this.#alone(async () => {
      let got = '';
      const arrival = this.#leg.expect(`the digits ${digits} to arrive`, limit, (event) => {
        if (event.type === 'ChannelDtmfReceived' && event.channel?.id === this.farId) got += event.digit;
        return got.length === digits.length;
      });
      // Asterisk takes a pause of 0 for "the default".
      const between = Math.max(1, betweenMs);
      await this.#leg.command('dtmf', { dtmf: digits, between, duration: durationMs });
      await arrival;
      if (got !== digits) throw new Error(`pressed ${digits}, but the far side got ${got}`);
    });
  }

  /** Sends nothing any more, not even silence: muted, on hold, or out of reach. */
  mute(): Promise<void> {
    return this.#leg.mute();
  }

  /** Sends silence again, and what is said. */
  unmute(): Promise<void> {
    return this.#leg.hush();
  }

  /** Resolves when {@link ended} does. Safe to call again. */
  hangup(): Promise<void> {
    return this.#leg.hangup();
  }

  /** Asterisk would queue a second sound or digit behind the first: ends background talk, refuses anything else. */
  async #alone<T>(act: () => Promise<T>): Promise<T> {
    if (this.#busy)
      throw new Error(`${this.id} is still speaking or pressing: await that first, or startSaying()`);
    this.#busy = true;
    try {
      await this.#talk?.stop();
      this.#talk = undefined;
      return await act();
    } finally {
      this.#busy = false;
    }
  }

  /** Resolves when the sound begins. `finished` settles when it is over and the caller silent. */
  async #play(sound: string): Promise<{ id: string; finished: Promise<void> }> {
    const id = randomUUID();
    const is = (event: AriEvent, type: string) => event.type === type && event.playback?.id === id;
    const begin = this.#leg.expect(`${sound} to begin`, MARGIN, (event) => is(event, 'PlaybackStarted'));
    const end = this.#leg.expect(`${sound} to end`, LONGEST_SOUND + MARGIN, (event) =>
      is(event, 'PlaybackFinished'),
    );
    const finished = end.then(async ({ playback }) => {
      if (playback?.state !== 'done')
        throw new Error(`${sound} was not said: no such file, or the call ended`);
      await this.#leg.hush();
    });
    finished.catch(() => undefined);
    await this.#leg.command(`play/${id}`, { media: `sound:${sound}` });
    await begin;
    return { id, finished };
  }
}
