/** The caller's own half of a Local channel: comes up, takes commands, and ends once, whoever ends it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { AriRefusal } from './ari-http.ts';
import { type AriEvent, type AriLink, FOREVER } from './ari-link.ts';
import { readWav } from './wav.ts';

/** Time limits in ms. */
const ANSWER_LIMIT = 15_000;
const HANGUP_LIMIT = 5_000;
/** MixMonitor finishes its file in a thread of its own, some ms after the channel is gone. */
const HEARD_LIMIT = 5_000;
const HEARD_POLL = 5;

export class Leg {
  readonly id = `caller-${randomBytes(6).toString('hex')}`;
  /** The other half: runs the extension, and is what the daemon sees. */
  readonly farId = `${this.id}-far`;
  /** Resolves when the channel is gone and the recording of what it heard is complete. Never rejects. */
  readonly ended: Promise<void>;

  readonly #link: AriLink;
  readonly #heard: string | undefined;
  readonly #gone = new AbortController();
  /** Whether somebody is recording what this caller hears. */
  #hears = false;

  /** `heard`: path of the recording that the dialplan makes of what this caller hears, if any. */
  constructor(link: AriLink, heard: string | undefined) {
    this.#link = link;
    this.#heard = heard;
    this.ended = once(this.#gone.signal, 'abort').then(() =>
      heard && this.#hears ? untilComplete(heard) : undefined,
    );
    const watch = (event: AriEvent) => {
      if (this.#isEnd(event)) this.#gone.abort();
      return this.hasEnded;
    };
    link.waitFor(`the end of ${this.id}`, FOREVER, watch).catch(() => {
      // The connection is lost, so the sandbox's Asterisk is gone, and with it the call and who would end its recording.
      this.#hears = false;
      this.#gone.abort();
    });
  }

  get hasEnded(): boolean {
    return this.#gone.signal.aborted;
  }

  /**
   * Calls the extension; resolves when it has answered and the caller is on the line, silent.
   * @param patience how long the caller waits for an answer, in ms
   */
  async dial(extension: string, patience = ANSWER_LIMIT): Promise<void> {
    const answer = this.expect(`an answer from ${extension}`, patience, (event) => {
      return event.type === 'StasisStart' && event.channel?.id === this.id;
    });
    try {
      await this.#link.request('POST', '/channels', {
        endpoint: `Local/${extension}@default/n`,
        ...{ context: 'caller', extension: 's', priority: 1 },
        ...{ channelId: this.id, otherChannelId: this.farId },
        // Left to itself Asterisk takes 192 kHz, and resampling costs CPU, half the loudness and a frame at each end.
        formats: 'slin',
        variables: this.#heard ? { HEARD: this.#heard } : {},
      });
      await this.#watch(extension);
      await answer;
      this.#hears = true;
      await this.hush();
    } catch (error) {
      // The first error says more than what may follow from it.
      await this.hangup().catch(() => undefined);
      throw error;
    }
  }

  /** Asks for the events of both halves: of the far one for the digits that it gets. */
  async #watch(extension: string): Promise<void> {
    try {
      await Promise.all([this.#link.watch(this.id), this.#link.watch(this.farId)]);
    } catch (error) {
      ignoreGone(error);
      throw new Error(`waiting for an answer from ${extension}: the call ended`, { cause: error });
    }
  }

  /** Sends a command for this channel. @throws AriRefusal */
  command(path: string, parameters: object = {}): Promise<void> {
    return this.#link.request('POST', `/channels/${this.id}/${path}`, parameters);
  }

  /**
   * Sends silence until the next sound, as a phone does. Without it nothing at all arrives at the far side, and
   * Asterisk ends a recording there after 4 s. Does nothing when the call is over.
   */
  async hush(): Promise<void> {
    await this.command('silence').catch(ignoreGone);
  }

  /** Like {@link AriLink.waitFor}, and rejects when the call ends first. @throws Error when it is over already. */
  expect(what: string, limit: number, matches: (event: AriEvent) => boolean): Promise<AriEvent> {
    if (this.hasEnded) throw new Error(`waiting for ${what}: the call is over`);
    const either = (event: AriEvent) => matches(event) || this.#isEnd(event);
    const result = this.#link.waitFor(what, limit, either).then((event) => {
      if (this.#isEnd(event)) throw new Error(`waiting for ${what}: the call ended (${event.cause_txt})`);
      return event;
    });
    result.catch(() => undefined);
    return result;
  }

  /** Resolves when {@link ended} does. Safe to call again. */
  async hangup(): Promise<void> {
    if (this.hasEnded) return this.ended;
    const end = this.#link.waitFor(`the end of ${this.id}`, HANGUP_LIMIT, (event) => this.#isEnd(event));
    try {
      await this.#link.request('DELETE', `/channels/${this.id}`);
      await end;
    } catch (error) {
      ignoreGone(error);
      this.#gone.abort();
    }
    await this.ended;
  }

  #isEnd(event: AriEvent): boolean {
    return event.type === 'ChannelDestroyed' && event.channel?.id === this.id;
  }
}

/** What Asterisk answers to a command for what is gone: 404, 409 while it is leaving, 422 to a subscription. */
const GONE = [404, 409, 422];

/** Throws `error` again unless it says that the channel or playback of a command is gone, a normal outcome. */
export function ignoreGone(error: unknown): void {
  if (!(error instanceof AriRefusal && GONE.includes(error.status))) throw error;
}

/** Resolves when Asterisk has closed the recording, or after the limit: readWav() says best what is wrong with it. */
async function untilComplete(path: string): Promise<void> {
  for (const limit = Date.now() + HEARD_LIMIT; Date.now() < limit; await delay(HEARD_POLL)) {
    if (await readWav(path).catch(() => undefined)) return;
  }
}
