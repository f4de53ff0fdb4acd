/** One call of the tests' telephone: rings, is answered, holds, transfers, hangs up. */
import type { Dialog } from './sip-phone-dialog.ts';
import { Handset } from './sip-phone-handset.ts';
import type { SipMessage } from './sip-phone-message.ts';
import type { Sound } from './sip-phone-sound.ts';

/** In ms. */
const ANSWER_LIMIT = 60_000;
const ACK_LIMIT = 5_000;
const TRANSFER_LIMIT = 30_000;

/** Where a call goes to, or comes from. */
export interface Line {
  readonly dialog: Dialog;
  readonly sound: Sound;
  /** Of a call that came in. */
  readonly invite?: SipMessage;
}

/** A call that has ended hears no more, and says nothing: what was heard can still be read. */
export class SipCall extends Handset {
  /** Resolves when the other end has answered; rejects with SipRefusal when it refuses. Of a call in: when we have. */
  readonly answered: Promise<void>;
  /** Resolves when the other end rings, or speaks before it answers. */
  readonly ringing: Promise<void>;
  /** Resolves when the call is over, whoever ended it. Never rejects. */
  readonly ended: Promise<void>;
  readonly #dialog: Dialog;
  readonly #sound: Sound;
  readonly #invite: SipMessage | undefined;
  #state: 'ringing' | 'up' | 'over' = 'ringing';
  #whenAcknowledged: () => void = () => undefined;
  #whenRinging: () => void = () => undefined;
  #whenEnded: () => void = () => undefined;
  #whenReferred: (status: string) => void = () => undefined;

  /** Calls, or rings. */
  constructor({ dialog, sound, invite }: Line) {
    super(sound);
    this.#dialog = dialog;
    this.#sound = sound;
    this.#invite = invite;
    this.ringing = new Promise((resolve) => (this.#whenRinging = resolve));
    this.ended = new Promise((resolve) => (this.#whenEnded = resolve));
    this.answered = invite ? this.#ring(invite) : this.#call();
    this.answered.catch(() => undefined);
  }

  get callId(): string {
    return this.#dialog.callId;
  }

  get hasEnded(): boolean {
    return this.#state === 'over';
  }

  /** Picks up a call that came in; resolves when Asterisk knows. */
  async answer(): Promise<void> {
    const invite = this.#offered();
    this.#dialog.respond(invite, '200 OK', this.#sound.describe());
    await within(ACK_LIMIT, 'the ACK', this.answered);
  }

  /** Refuses a call that came in; `status` is like `603 Decline`. */
  refuse(status = '486 Busy Here'): void {
    this.#dialog.respond(this.#offered(), status);
    this.#end();
  }

  /** Has Asterisk call another extension in place of this telephone. */
  forward(extension: string): void {
    const contact = `Contact: <sip:${extension}@127.0.0.1>`;
    this.#dialog.respond(this.#offered(), '302 Moved Temporarily', '', contact);
    this.#end();
  }

  /** Puts the other end on hold, and sends nothing; resolves when Asterisk has agreed. */
  hold(how: 'sendonly' | 'inactive' = 'sendonly'): Promise<void> {
    return this.#invites(this.#sound.describe(how));
  }

  resume(): Promise<void> {
    return this.#invites(this.#sound.describe('sendrecv'));
  }

  /**
   * Transfers the other end: blind to an extension, or attended to whom another call of this telephone has reached
   * or rings. When it has succeeded the telephone hangs up this call, as telephones do, and Asterisk the other.
   * @throws Error with Asterisk's words when it fails; the calls go on then
   */
  async transfer(target: string | SipCall): Promise<void> {
    const address = typeof target === 'string' ? this.#dialog.addressOf(target) : target.#dialog.replaces;
    const referred = new Promise<string>((resolve) => (this.#whenReferred = resolve));
    await this.#dialog.request('REFER', [`Refer-To: ${address}`]);
    const status = await within(TRANSFER_LIMIT, `the end of the transfer to ${address}`, referred);
    if (!status.startsWith('2')) throw new Error(`the transfer to ${address} has failed: ${status}`);
    await this.hangup();
  }

  /** Ends the call, gives up one that is not answered yet, refuses one that came in. Safe to call again. */
  async hangup(): Promise<void> {
    if (this.#state === 'ringing' && this.#invite) return this.refuse();
    // An answer may be faster, and an Asterisk that has crashed gives none.
    if (this.#state === 'ringing') await this.#dialog.cancel().catch(() => undefined);
    const isUp = await this.answered.then(
      () => true,
      () => false,
    );
    if (!isUp || this.hasEnded) return;
    this.#end();
    // A BYE that crosses Asterisk's own is refused, and one to an Asterisk that has crashed is lost.
    await this.#dialog.request('BYE').catch(() => undefined);
  }

  /** Takes a request of this call's. */
  receive(request: SipMessage): void {
    switch (request.method) {
      case 'ACK':
        return this.#whenAcknowledged();
      case 'CANCEL':
        this.#dialog.respond(request, '200 OK');
        if (this.#state === 'ringing') this.refuse('487 Request Terminated');
        return;
      case 'INVITE':
        // It crosses our BYE.
        if (this.hasEnded) return this.#dialog.respond(request, '481 Call Does Not Exist');
        this.#sound.aim(request.body);
        return this.#dialog.respond(request, '200 OK', this.#sound.describe());
      case 'NOTIFY':
        this.#dialog.respond(request, '200 OK');
        return this.#notified(request.body);
      case 'BYE':
        this.#dialog.respond(request, '200 OK');
        return this.#end();
      default:
        return this.#dialog.respond(request, '200 OK');
    }
  }

  async #call(): Promise<void> {
    try {
      await this.#invites(this.#sound.describe(), ANSWER_LIMIT);
      this.#begin();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #ring(invite: SipMessage): Promise<void> {
    this.#sound.aim(invite.body);
    this.#dialog.respond(invite, '180 Ringing');
    this.#whenRinging();
    return new Promise((resolve, reject) => {
      this.#whenAcknowledged = () => {
        // A refusal is acknowledged, too.
        if (this.#state !== 'ringing') return;
        this.#begin();
        resolve();
      };
      void this.ended.then(() => reject(new Error('the call ended before it was answered')));
    });
  }

  async #invites(sdp: string, limit?: number): Promise<void> {
    this.#sound.aim(await this.#dialog.invite(sdp, { limit, onRinging: this.#whenRinging }));
  }

  #begin(): void {
    this.#state = 'up';
    this.#sound.begin();
  }

  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#sound.close();
    this.#whenEnded();
  }

  #offered(): SipMessage {
    if (this.#state !== 'ringing' || !this.#invite) throw new Error('there is no call to answer or refuse');
    return this.#invite;
  }

  /** `sipfrag`: the status line of what the transfer has come to. */
  #notified(sipfrag: string): void {
    const status = /^SIP\/2\.0 ([2-6]\d\d.*?)\s*$/m.exec(sipfrag)?.[1];
    if (status !== undefined) this.#whenReferred(status);
  }
}

async function within<T>(limit: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
