/** A leg of the fake Asterisk: a channel to a phone, which rings until it is answered, refused, or given up. */
import type { DialledLeg } from '../../src/ari/ari-port.ts';
import type { FakeAsterisk } from './fake-asterisk.ts';
import { FakeChannel } from './fake-channel.ts';

export class FakeLeg extends FakeChannel {
  readonly endpoint: string;
  /** Its id until somebody picks it up. */
  readonly legId: string;
  readonly #asterisk: FakeAsterisk;
  readonly #timer: NodeJS.Timeout;
  #state: 'ringing' | 'up' | 'gone' = 'ringing';

  constructor(asterisk: FakeAsterisk, { channelId, endpoint, app, appArgs, timeoutSeconds }: DialledLeg) {
    super(asterisk, channelId, `${app},${appArgs}`);
    this.endpoint = endpoint;
    this.legId = channelId;
    this.#asterisk = asterisk;
    this.#timer = setTimeout(() => this.#destroy(), timeoutSeconds * 1000);
  }

  get isRinging(): boolean {
    return this.#state === 'ringing';
  }

  /** A leg that rings is in no application that it could tell of. */
  override get dialplan(): { app_name: string; app_data: string } {
    return this.isRinging ? { app_name: 'AppDial2', app_data: '(Outgoing Line)' } : super.dialplan;
  }

  /** The phone is picked up. */
  answer(): void {
    if (!this.isRinging) return;
    clearTimeout(this.#timer);
    this.#state = 'up';
    const [, ...args] = this.appData.split(',');
    // While no daemon is connected, nobody can take it, and Asterisk hangs it up.
    if (this.#asterisk.isAlone) return this.hangup();
    this.#asterisk.emit({ type: 'StasisStart', channel: this.info, args });
  }

  /**
   * A colleague picks the call up, on a channel of that one's own. Of the first two events either comes first.
   * @returns its id
   */
  pickUp(first: 'ChannelHangupRequest' | 'StasisStart' = 'ChannelHangupRequest'): string {
    if (!this.isRinging) throw new Error('it does not ring');
    clearTimeout(this.#timer);
    this.#state = 'up';
    const { info } = this;
    this.#asterisk.rename(this);
    const [, ...args] = this.appData.split(',');
    const hangup = { type: 'ChannelHangupRequest', channel: info } as const;
    const start = { type: 'StasisStart', channel: this.info, args } as const;
    for (const event of first === 'StasisStart' ? [start, hangup] : [hangup, start])
      this.#asterisk.emit(event);
    this.#asterisk.emit({ type: 'ChannelDestroyed', channel: info, cause: 26 });
    return this.id;
  }

  /** The phone is busy, or its owner refuses the call. */
  refuse(): void {
    if (this.isRinging) this.#destroy();
  }

  /** The owner hangs up, or the daemon hangs up the leg. */
  override hangup(): void {
    if (this.#state === 'gone') return;
    if (this.isRinging) this.#asterisk.emit({ type: 'ChannelHangupRequest', channel: this.info });
    else super.hangup();
    this.#destroy();
  }

  #destroy(): void {
    clearTimeout(this.#timer);
    this.#state = 'gone';
    this.#asterisk.channels.delete(this.id);
    this.#asterisk.emit({ type: 'ChannelDestroyed', channel: this.info });
  }
}
