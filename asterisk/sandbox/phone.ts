/** A scripted telephone that is called: half of a Local channel that rings until somebody does something about it. */
import type { AriEvent, AriLink } from './ari-link.ts';
import { LocalCaller } from './caller.ts';
import { ignoreGone, Leg, type LegIds } from './leg.ts';
import type { ToneFile } from './tone-files.ts';

/** How a telephone refuses a call, in ARI's words. */
export type Refusal = 'busy' | 'congestion' | 'no_answer';

/** In ms. */
const CALL_LIMIT = 15_000;

/** Rings once: the first call that comes in is its call. */
export class Phone {
  readonly number: string;
  readonly #link: AriLink;
  readonly #toneFile: ToneFile;
  readonly #leg: Promise<Leg>;
  #current: Leg | undefined;

  /**
   * @param heard path of the recording that the dialplan makes of what is heard on this telephone, if anybody wants it
   * @param patience within this it must be called, in ms
   */
  constructor(
    link: AriLink,
    number: string,
    heard: string | undefined,
    toneFile: ToneFile,
    patience = CALL_LIMIT,
  ) {
    this.number = number;
    this.#link = link;
    this.#toneFile = toneFile;
    this.#leg = this.#called(heard, patience);
    this.#leg.catch(() => undefined);
  }

  /** What to dial. */
  get endpoint(): string {
    return `Local/${this.number}@phone/n`;
  }

  /** Resolves when it rings, with its channels; rejects when nobody calls in time. */
  async rings(): Promise<LegIds> {
    const leg = await this.#leg;
    await leg.command('ring').catch(ignoreGone);
    return leg;
  }

  /** Picks up, and answers with the person on the line. */
  async answer(): Promise<LocalCaller> {
    const leg = await this.#leg;
    await leg.command('answer');
    await leg.answered();
    return new LocalCaller(this.#link, leg, this.#toneFile);
  }

  async refuse(refusal: Refusal): Promise<void> {
    await (await this.#leg).hangup(refusal);
  }

  /** Resolves when it has stopped ringing, or its call is over. */
  async quiet(): Promise<void> {
    await (
      await this.#leg
    ).ended;
  }

  /** Ends its call, if there is one. */
  async close(): Promise<void> {
    await this.#current?.hangup();
  }

  async #called(heard: string | undefined, patience: number): Promise<Leg> {
    const isCall = ({ type, args }: AriEvent) => type === 'StasisStart' && args?.[0] === this.number;
    const { channel } = await this.#link.waitFor(`a call to ${this.number}`, patience, isCall);
    const id = channel?.id ?? '';
    // Asterisk has named this half after the one that the daemon has called.
    const leg = (this.#current = new Leg(this.#link, { id, farId: id.replace(/;2$/, '') }, heard));
    await leg.watch().catch(async (error: unknown) => {
      ignoreGone(error);
      await leg.hangup();
    });
    return leg;
  }
}
