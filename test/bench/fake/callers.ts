/** The callers of the fake Asterisk, as the bench commands them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FakeAsterisk } from './asterisk.ts';
import type { FakeChannel } from './channel.ts';

/** How many callers are on their way to their recording at a time. */
const BEGINNING = 32;
const TICK_MS = 10;
const MAILBOXES = 1_000;

/** The mailboxes take turns, so that each message has a lamp of its own to be told. */
export const mailbox = (n: number) => String(1_000 + (n % MAILBOXES));

export class Callers {
  readonly #asterisk: FakeAsterisk;
  readonly #inProgress: FakeChannel[] = [];
  readonly #onRecording = new Map<FakeChannel, () => void>();
  #calls = 0;
  /** Takes turns, so that all calls in progress get as many events. */
  #turn = 0;

  constructor(asterisk: FakeAsterisk) {
    this.#asterisk = asterisk;
  }

  /** So many more call, and go on speaking. Resolves when they are all being recorded. */
  async begin(count: number): Promise<void> {
    let begun = 0;
    const next = async () => {
      while (begun < count) {
        begun += 1;
        await new Promise<void>((resolve) => this.#beginOne(resolve));
      }
    };
    await Promise.all(Array.from({ length: BEGINNING }, next));
  }

  #beginOne(done: () => void): void {
    const onRecording = () => this.#onRecording.get(channel)?.();
    const channel = this.#asterisk.dial(mailbox(this.#calls++), { onRecording });
    this.#onRecording.set(channel, done);
    this.#inProgress.push(channel);
  }

  /** Those in progress press a key that means nothing while recording, in turn: so many, so many a second. */
  async keys(count: number, rate: number): Promise<void> {
    await this.#paced(count, rate, () => this.#asterisk.press(this.#next(), '1'));
  }

  /**
   * So many call, speak, press `#`, hear their message, and accept it by `#`; so many a second.
   * @returns how many of them were told in the end that their message is accepted
   */
  async wholeCalls(count: number, rate: number): Promise<number> {
    const calls: Promise<boolean>[] = [];
    await this.#paced(count, rate, () => calls.push(this.#wholeCall()));
    return (await Promise.all(calls)).filter(Boolean).length;
  }

  #wholeCall(): Promise<boolean> {
    return new Promise((resolve) => {
      const press = () => this.#asterisk.press(channel, '#');
      const channel = this.#asterisk.dial(mailbox(this.#calls++), {
        onPromise: press,
        onReview: press,
        onLeft: () => resolve(channel.variables.get('VMREASON') === 'accepted'),
      });
    });
  }

  /** One of those in progress presses `*`, and is recorded anew: resolves when the new recording has begun. */
  async again(onPress: (recording: string) => void): Promise<void> {
    const channel = this.#next();
    const begun = new Promise<void>((resolve) => this.#onRecording.set(channel, resolve));
    onPress(channel.recording ?? '');
    this.#asterisk.press(channel, '*');
    await begun;
  }

  #next(): FakeChannel {
    const channel = this.#inProgress[this.#turn++ % this.#inProgress.length];
    if (!channel) throw new Error('no call is in progress');
    return channel;
  }

  async #paced(count: number, rate: number, happen: () => void): Promise<void> {
    const start = performance.now();
    for (let done = 0; done < count;) {
      const due = Math.min(count, Math.ceil(((performance.now() - start) / 1000) * rate));
      for (; done < due; done++) happen();
      await delay(TICK_MS);
    }
  }
}
