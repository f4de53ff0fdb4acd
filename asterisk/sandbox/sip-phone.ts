/**
 * A SIP telephone for tests that does one thing after the other, as the test says: unlike SIPp's scripts it can wait
 * for what the test sees elsewhere, hold, transfer, and send no packets at all.
 */
import { once } from 'node:events';
import type { Sandbox } from './sandbox.ts';
import { SipCall } from './sip-phone-call.ts';
import { type Codec, PCMU } from './sip-phone-codec.ts';
import { Dialog } from './sip-phone-dialog.ts';
import type { SipMessage } from './sip-phone-message.ts';
import { Sound } from './sip-phone-sound.ts';
import { SipWire } from './sip-phone-wire.ts';

export { SipCall } from './sip-phone-call.ts';
export { G729, PCMU } from './sip-phone-codec.ts';
export { SipRefusal } from './sip-phone-wire.ts';

export interface SipPhoneOptions {
  /** Its endpoint in Asterisk, which wants no password; `sipp` can call, those of {@link sipEndpoints} be called, too. */
  user?: string;
  codec?: Codec;
}

/**
 * Lines for the sandbox's pjsip.conf (`extras.files`): an endpoint for each of these telephones, that can register.
 * @param settings more lines for each endpoint, like `disallow = all\nallow = g729`
 */
export function sipEndpoints(users: readonly string[], settings = ''): string {
  return users
    .map(
      (user) =>
        `[${user}](phone)\naors = ${user}\n${settings}\n[${user}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\n`,
    )
    .join('');
}

export class SipPhone implements AsyncDisposable {
  readonly user: string;
  readonly #codec: Codec;
  readonly #wire: SipWire;
  readonly #calls = new Map<string, SipCall>();
  /** Calls that came in and that no test has asked for yet. */
  readonly #waiting: SipCall[] = [];
  readonly #events = new EventTarget();
  #registration: Dialog | undefined;
  #closed: Promise<void> | undefined;

  private constructor(user: string, codec: Codec, wire: SipWire) {
    this.user = user;
    this.#codec = codec;
    this.#wire = wire;
  }

  /** A telephone that can call. */
  static async open(
    { sip }: Pick<Sandbox, 'sip'>,
    { user = 'sipp', codec = PCMU }: SipPhoneOptions = {},
  ): Promise<SipPhone> {
    const phone: SipPhone = new SipPhone(
      user,
      codec,
      await SipWire.open(sip, (request) => void phone.#receive(request)),
    );
    return phone;
  }

  /** From now on it can be called as `PJSIP/<user>`. @throws SipRefusal */
  async register(): Promise<void> {
    this.#registration = Dialog.to(this.#wire, this.user, this.user);
    await this.#registration.request('REGISTER', ['Expires: 3600']);
  }

  /** Calls, and resolves when the extension has answered. @throws SipRefusal */
  async call(extension: string): Promise<SipCall> {
    const call = await this.dial(extension);
    await call.answered;
    return call;
  }

  /** Calls, and resolves when it is on its way. */
  async dial(extension: string): Promise<SipCall> {
    const dialog = Dialog.to(this.#wire, this.user, extension);
    const sound = await Sound.bind(this.#wire.host, this.#codec);
    return this.#keep(new SipCall({ dialog, sound }));
  }

  /** Resolves with the next call that comes in, which rings. @param limit in ms, by which it must be there */
  async rings(limit = 10_000): Promise<SipCall> {
    for (const signal = AbortSignal.timeout(limit); ;) {
      const call = this.#waiting.shift();
      if (call) return call;
      await once(this.#events, 'call', { signal }).catch(() => {
        throw new Error(`nobody called ${this.user} within ${limit} ms`);
      });
    }
  }

  /** Hangs up, unregisters and is gone. Safe to call again. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await Promise.all([...this.#calls.values()].map((call) => call.hangup()));
      // In vain when Asterisk has crashed.
      await this.#registration?.request('REGISTER', ['Expires: 0']).catch(() => undefined);
    } finally {
      this.#wire.close();
    }
  }

  #keep(call: SipCall): SipCall {
    this.#calls.set(call.callId, call);
    return call;
  }

  async #receive(request: SipMessage): Promise<void> {
    const call = this.#calls.get(request.header('Call-ID'));
    if (call) return call.receive(request);
    if (request.method !== 'INVITE') return this.#wire.respond(request, '200 OK', 'phone');
    const dialog = Dialog.from(this.#wire, this.user, request);
    // At once, so that a repeated INVITE is no second call.
    dialog.respond(request, '100 Trying');
    const sound = await Sound.bind(this.#wire.host, this.#codec);
    this.#waiting.push(this.#keep(new SipCall({ dialog, sound, invite: request })));
    this.#events.dispatchEvent(new Event('call'));
  }
}
