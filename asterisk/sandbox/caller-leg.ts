/** A caller's own half of a Local channel: calls an extension, and comes up when that answers. */
import { randomBytes } from 'node:crypto';
import type { AriLink } from './ari-link.ts';
import { ignoreGone, Leg } from './leg.ts';

/** Time limit in ms. */
const ANSWER_LIMIT = 15_000;

export interface DialOptions {
  /** How long the caller waits for an answer, in ms. */
  patience?: number;
  /** What the extension finds set, by name. */
  variables?: Readonly<Record<string, string>>;
}

export class CallerLeg extends Leg {
  readonly #link: AriLink;
  readonly #heard: string | undefined;

  /** `heard`: path of the recording that the dialplan makes of what this caller hears, if any. */
  constructor(link: AriLink, heard: string | undefined) {
    const id = `caller-${randomBytes(6).toString('hex')}`;
    super(link, { id, farId: `${id}-far` }, heard);
    this.#link = link;
    this.#heard = heard;
  }

  /** Calls the extension; resolves when it has answered and the caller is on the line, silent. */
  async dial(
    extension: string,
    { patience = ANSWER_LIMIT, variables = {} }: DialOptions = {},
  ): Promise<void> {
    const answer = this.expect(`an answer from ${extension}`, patience, (event) => {
      return event.type === 'StasisStart' && event.channel?.id === this.id;
    });
    // `__`: the extension runs on the other half.
    const inherited = Object.entries(variables).map(([name, value]): [string, string] => [
      `__${name}`,
      value,
    ]);
    try {
      await this.#link.request('POST', '/channels', {
        endpoint: `Local/${extension}@default/n`,
        ...{ context: 'caller', extension: 's', priority: 1 },
        ...{ channelId: this.id, otherChannelId: this.farId },
        // Left to itself Asterisk takes 192 kHz, and resampling costs CPU, half the loudness and a frame at each end.
        formats: 'slin',
        // Else Asterisk itself gives up after 30 s.
        timeout: Math.ceil(patience / 1000),
        variables: {
          ...Object.fromEntries<string>(inherited),
          ...(this.#heard ? { HEARD: this.#heard } : {}),
        },
      });
      await this.#watch(extension);
      await answer;
      await this.answered();
    } catch (error) {
      // The first error says more than what may follow from it.
      await this.hangup().catch(() => undefined);
      throw error;
    }
  }

  async #watch(extension: string): Promise<void> {
    try {
      await this.watch();
    } catch (error) {
      ignoreGone(error);
      throw new Error(`waiting for an answer from ${extension}: the call ended`, { cause: error });
    }
  }
}
