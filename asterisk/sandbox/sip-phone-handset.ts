/** The person on a call of the tests' telephone: speaks, presses keys, listens. */
import type { Sound } from './sip-phone-sound.ts';
import { readWav, toneSamples, type Wav, writeWav } from './wav.ts';

const RATE = 8_000;

/** A sine's mean level is that part of its amplitude. */
const MEAN_OF_SINE = 2 / Math.PI;

/**
 * From the answer on it sends silence whenever nothing else is to be sent. What is said at the same time comes one
 * after the other. All promises resolve when the last packet is sent, exact to 20 ms, and reject when the call ends first.
 */
export class Handset {
  readonly #sound: Sound;

  constructor(sound: Sound) {
    this.#sound = sound;
  }

  /**
   * Speaks a tone.
   * @param level mean of the samples' absolute values, of 32768; by default as loud as other callers' tones
   */
  say(hz: number, seconds: number, level?: number): Promise<void> {
    const samples =
      level === undefined ? toneSamples(hz, seconds) : toneSamples(hz, seconds, level / MEAN_OF_SINE);
    return this.saySamples(samples);
  }

  /** Speaks a WAV file of 8 kHz. */
  async sayFile(path: string): Promise<void> {
    const { samples, rate } = await readWav(path);
    if (rate !== RATE) throw new RangeError(`${path} has ${rate} Hz; a call has ${RATE}`);
    return this.saySamples(samples);
  }

  /** Speaks samples of 8 kHz. */
  saySamples(samples: Int16Array): Promise<void> {
    return this.#sound.mouth.say(samples);
  }

  /** Is silent for that long: sends silence or, while muted or holding, nothing. */
  pause(seconds: number): Promise<void> {
    return this.saySamples(new Int16Array(Math.round(seconds * RATE)));
  }

  /** Presses keys, one after the other. */
  async press(digits: string): Promise<void> {
    for (const digit of digits) await this.#sound.mouth.press(digit);
  }

  /** Sends no packets until {@link unmute}, as with silence suppression or lost coverage. Keys are sent. */
  mute(): void {
    this.#sound.mouth.muted = true;
  }

  unmute(): void {
    this.#sound.mouth.muted = false;
  }

  /** What has been heard from the answer on, until now or the call's end. @throws Error before the answer */
  heard(): Wav {
    return this.#sound.ear.recording();
  }

  /** Writes it as a WAV file. */
  async writeHeard(path: string): Promise<void> {
    const { samples, rate } = this.heard();
    await writeWav(path, samples, rate);
  }
}
