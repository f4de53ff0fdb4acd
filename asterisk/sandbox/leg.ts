/** A person's own half of a Local channel: takes commands, and ends once, whoever ends it. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { AriRefusal } from './ari-http.ts';
import { type AriEvent, type AriLink, FOREVER } from './ari-link.ts';
import { readWav } from './wav.ts';

/** Time limits in ms. */
const HANGUP_LIMIT = 5_000;
/** MixMonitor finishes its file in a thread of its own, some ms after the channel is gone. */
const HEARD_LIMIT = 5_000;
const HEARD_POLL = 5;

/** The channels of a Local channel's two halves. */
export interface LegIds {
  readonly id: string;
  /** The other half: what the daemon sees. */
  readonly farId: string;
}

export class Leg {
  readonly id: string;
  readonly farId: string;
  /** Resolves when the channel is gone and the recording of what it heard is complete. Never rejects. */
  readonly ended: Promise<void>;

  readonly #link: AriLink;
  readonly #gone = new AbortController();
  /** Whether somebody is recording what is heard here. */
  #hears = false;

  /** `heard`: path of the recording that the dialplan makes of what is heard here, if any. */
  constructor(link: AriLink, { id, farId }: LegIds, heard: string | undefined) {
    this.id = id;
    this.farId = farId;
    this.#link = link;
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
   * Asks for the events of both halves: of the far one for the digits that it gets.
   * @throws AriRefusal when the call is over already
   */
  async watch(): Promise<void> {
    await Promise.all([this.#link.watch(this.id), this.#link.watch(this.farId)]);
  }

  /** From the answer on: is silent, and what is heard is being recorded. */
  async answered(): Promise<void> {
    this.#hears = true;
    await this.hush();
  }

  /** Sends a command for this channel. @throws AriRefusal */
  command(path: string, parameters: object = {}): Promise<void> {
    return this.#link.request('POST', `${this.#path}/${path}`, parameters);
  }

  /**
   * Sends silence until the next sound, as a phone does. Without it nothing at all arrives at the far side, and
   * Asterisk ends a recording there after 4 s. Does nothing when the call is over.
   */
  async hush(): Promise<void> {
    await this.command('silence').catch(ignoreGone);
  }

  /** Sends nothing at all until {@link hush}. */
  async mute(): Promise<void> {
    await this.#link.request('DELETE', `${this.#path}/silence`).catch(ignoreGone);
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

  /**
   * Resolves when {@link ended} does. Safe to call again.
   * @param reason as ARI has it, like `busy`
   */
  async hangup(reason = 'normal'): Promise<void> {
    if (this.hasEnded) return this.ended;
    const end = this.#link.waitFor(`the end of ${this.id}`, HANGUP_LIMIT, (event) => this.#isEnd(event));
    try {
      await this.#link.request('DELETE', this.#path, { reason });
      await end;
    } catch (error) {
      ignoreGone(error);
      this.#gone.abort();
    }
    await this.ended;
  }

  /** An id that Asterisk has made may hold a `;`. */
  get #path(): string {
    return `/channels/${encodeURIComponent(this.id)}`;
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
