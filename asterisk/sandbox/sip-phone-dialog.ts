/** One call's SIP dialog: who is who in it, and the requests within it. */
import { randomUUID } from 'node:crypto';
import { type SipMessage, tagOf, uriOf } from './sip-phone-message.ts';
import { newBranch, SipRefusal, type SipWire } from './sip-phone-wire.ts';

/** What this telephone can be asked for. */
const ALLOW = 'Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, OPTIONS';

export interface InviteOptions {
  /** In ms, by which it must be answered. */
  readonly limit?: number | undefined;
  readonly onRinging: () => void;
}

export class Dialog {
  readonly callId: string;
  readonly tag: string;
  readonly #wire: SipWire;
  readonly #contact: string;
  /** As From has it in our requests. */
  readonly #local: string;
  /** As To has it in our requests. */
  #remote: string;
  /** Where Asterisk wants our requests. */
  #target: string;
  #sequence = 0;
  /** Gives up the INVITE that is under way. */
  #cancel: (() => Promise<SipMessage>) | undefined;

  private constructor(
    wire: SipWire,
    user: string,
    { callId, remote, target, tag }: { callId: string; remote: string; target: string; tag: string },
  ) {
    this.#wire = wire;
    this.#contact = `Contact: <sip:${user}@${wire.host}:${wire.port}>`;
    this.#local = `<sip:${user}@${wire.host}>;tag=${tag}`;
    this.callId = callId;
    this.tag = tag;
    this.#remote = remote;
    this.#target = target;
  }

  /** Of a call to `extension`, which begins with {@link invite}. */
  static to(wire: SipWire, user: string, extension: string): Dialog {
    const target = wire.serverUri(extension);
    return new Dialog(wire, user, { callId: randomUUID(), remote: `<${target}>`, target, tag: randomUUID() });
  }

  /** Of the call that this INVITE offers. */
  static from(wire: SipWire, user: string, invite: SipMessage): Dialog {
    const [callId, remote] = [invite.header('Call-ID'), invite.header('From')];
    return new Dialog(wire, user, {
      callId,
      remote,
      target: uriOf(invite.header('Contact')),
      tag: randomUUID(),
    });
  }

  /** How a transfer names an extension. */
  addressOf(extension: string): string {
    return `<${this.#wire.serverUri(extension)}>`;
  }

  /** How an attended transfer names the other end of this dialog: as Asterisk sees the dialog, with tags swapped. */
  get replaces(): string {
    const header = `${this.callId};to-tag=${tagOf(this.#remote)};from-tag=${this.tag}`;
    return `<${uriOf(this.#remote)}?Replaces=${encodeURIComponent(header)}>`;
  }

  /**
   * Offers a call, or with it under way another sound description; resolves with the answer's SDP.
   * @throws SipRefusal
   */
  async invite(body: string, { limit, onRinging }: InviteOptions): Promise<string> {
    const headers = this.#headers('INVITE', [this.#contact, ALLOW]);
    const invite = { method: 'INVITE', uri: this.#target, headers, body };
    const branch = newBranch();
    this.#cancel = () => {
      const cancel = headers
        .filter((header) => /^(From|To|Call-ID|CSeq):/.test(header))
        .map((header) => header.replace(/INVITE$/, 'CANCEL'));
      return this.#wire.request({ method: 'CANCEL', uri: invite.uri, headers: cancel }, { branch });
    };
    try {
      const onProvisional = (response: SipMessage) => {
        if (response.status === 100) return;
        this.#remote = response.header('To');
        onRinging();
      };
      const response = await this.#wire.request(invite, { branch, limit, onProvisional });
      this.#acknowledge(response, invite.uri);
      if (response.status !== 200) throw new SipRefusal('INVITE', response);
      return response.body;
    } finally {
      this.#cancel = undefined;
    }
  }

  /** Gives up the INVITE that is under way, which is refused then. */
  async cancel(): Promise<void> {
    await this.#cancel?.();
  }

  /** Any request but INVITE. @throws SipRefusal */
  async request(method: string, headers: readonly string[] = []): Promise<void> {
    const request = {
      method,
      uri: this.#target,
      headers: this.#headers(method, [this.#contact, ...headers]),
    };
    const response = await this.#wire.request(request);
    if ((response.status ?? 0) >= 300) throw new SipRefusal(method, response);
  }

  /** Answers a request of this dialog. */
  respond(request: SipMessage, status: string, body = '', contact = this.#contact): void {
    this.#wire.respond(request, status, this.tag, [contact, ALLOW], body);
  }

  #acknowledge(response: SipMessage, invited: string): void {
    const isAccepted = response.status === 200;
    if (isAccepted) {
      this.#remote = response.header('To');
      this.#target = uriOf(response.header('Contact'));
    }
    const cseq = `CSeq: ${response.header('CSeq').split(' ')[0]} ACK`;
    const headers = [...this.#addresses(response.header('To')), cseq];
    this.#wire.acknowledge(response, { uri: isAccepted ? this.#target : invited, headers });
  }

  #headers(method: string, more: readonly string[]): string[] {
    return [...this.#addresses(this.#remote), `CSeq: ${++this.#sequence} ${method}`, ...more];
  }

  #addresses(to: string): string[] {
    return [`From: ${this.#local}`, `To: ${to}`, `Call-ID: ${this.callId}`];
  }
}
