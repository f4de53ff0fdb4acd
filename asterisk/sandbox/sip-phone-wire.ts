/** A telephone's SIP over UDP on the loopback interface: sends requests, gives answers, repeats what got lost. */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { compose, SipMessage } from './sip-phone-message.ts';

export interface SipServer {
  readonly host: string;
  readonly port: number;
}

/** A request on its way, of which a CANCEL must repeat much. */
export interface SipRequest {
  readonly method: string;
  readonly uri: string;
  /** All but those of the wire itself: From, To, Call-ID, CSeq and what else belongs to it. */
  readonly headers: readonly string[];
  readonly body?: string | undefined;
}

export interface RequestOptions {
  /** A new one by default. */
  readonly branch?: string;
  /** In ms, by which the final answer must be there. */
  readonly limit?: number | undefined;
  /** Told of each answer before it, like 180. */
  readonly onProvisional?: (response: SipMessage) => void;
}

/** An answer that is no success. */
export class SipRefusal extends Error {
  readonly status: number;

  constructor(method: string, response: SipMessage) {
    super(`${method} was answered: ${response.startLine}`);
    this.status = response.status ?? 0;
  }
}

/** In ms. Asterisk is on this machine: an answer that is not there by then does not come. */
const ANSWER_LIMIT = 5_000;
/** RFC 3261's T1: what was not answered by then is sent again. */
const REPEAT_MS = 500;

interface Transaction {
  readonly answered: (response: SipMessage) => void;
  readonly fail: (error: Error) => void;
}

export class SipWire {
  readonly #socket: Socket;
  readonly #server: SipServer;
  readonly #transactions = new Map<string, Transaction>();
  /** The last answer to a request, and the ACK of an answer, by transaction: a repetition gets them again. */
  readonly #said = new Map<string, string>();
  readonly port: number;

  private constructor(socket: Socket, server: SipServer, onRequest: (request: SipMessage) => void) {
    this.#socket = socket;
    this.#server = server;
    this.port = socket.address().port;
    socket.on('error', (error) => this.#refused(error));
    socket.on('message', (data) => {
      const message = new SipMessage(data.toString());
      if (message.status !== undefined) return this.#response(message);
      const said = this.#said.get(key(message));
      if (said !== undefined) this.#send(said);
      else onRequest(message);
    });
  }

  static async open(server: SipServer, onRequest: (request: SipMessage) => void): Promise<SipWire> {
    const socket = createSocket('udp4').bind(0, server.host);
    await once(socket, 'listening');
    // So that an Asterisk that has crashed is noticed: its port then refuses.
    socket.connect(server.port, server.host);
    await once(socket, 'connect');
    return new SipWire(socket, server, onRequest);
  }

  get host(): string {
    return this.#server.host;
  }

  /** An address of the server's. */
  serverUri(user: string): string {
    return `sip:${user}@${this.#server.host}:${this.#server.port}`;
  }

  /** Sends a request and resolves with its final answer, success or not. */
  async request(
    request: SipRequest,
    { branch = newBranch(), limit = ANSWER_LIMIT, onProvisional }: RequestOptions = {},
  ): Promise<SipMessage> {
    const text = this.#compose(request, branch);
    const id = `${branch} ${request.method}`;
    const repeat = setInterval(() => this.#send(text), REPEAT_MS);
    let patience: NodeJS.Timeout | undefined;
    try {
      return await new Promise<SipMessage>((resolve, reject) => {
        patience = setTimeout(
          () => reject(new Error(`no answer to ${request.method} ${request.uri}`)),
          limit,
        );
        const answered = (response: SipMessage) => {
          clearInterval(repeat);
          if ((response.status ?? 0) < 200) onProvisional?.(response);
          else resolve(response);
        };
        this.#transactions.set(id, { answered, fail: reject });
        this.#send(text);
      });
    } finally {
      clearInterval(repeat);
      clearTimeout(patience);
      this.#transactions.delete(id);
    }
  }

  /** Acknowledges an answer to an INVITE, now and whenever it is repeated. */
  acknowledge(response: SipMessage, ack: Omit<SipRequest, 'method'>): void {
    // Only the ACK of a refusal belongs to the transaction of the INVITE.
    const branch = (response.status ?? 0) < 300 ? newBranch() : response.branch;
    const text = this.#compose({ ...ack, method: 'ACK' }, branch);
    this.#said.set(key(response), text);
    this.#send(text);
  }

  /** Answers a request: `status` is like `486 Busy Here`. */
  respond(
    request: SipMessage,
    status: string,
    tag: string,
    headers: readonly string[] = [],
    body = '',
  ): void {
    const text = compose(`SIP/2.0 ${status}`, [...request.repeated(tag), ...headers], body);
    this.#said.set(key(request), text);
    this.#send(text);
  }

  close(): void {
    this.#socket.close();
  }

  /** Nobody listens there. */
  #refused(error: Error): void {
    for (const { fail } of this.#transactions.values()) fail(error);
  }

  #response(response: SipMessage): void {
    const transaction = this.#transactions.get(key(response));
    const said = this.#said.get(key(response));
    if (transaction) transaction.answered(response);
    else if (said !== undefined) this.#send(said);
  }

  #compose({ method, uri, headers, body }: SipRequest, branch: string): string {
    const via = `Via: SIP/2.0/UDP ${this.host}:${this.port};rport;branch=${branch}`;
    return compose(`${method} ${uri} SIP/2.0`, [via, 'Max-Forwards: 70', ...headers], body);
  }

  #send(text: string): void {
    // Without a callback, Node drops the refusal of an earlier packet that this one meets.
    this.#socket.send(text, (error) => error && this.#refused(error));
  }
}

export function newBranch(): string {
  return `z9hG4bK${randomUUID()}`;
}

/** A transaction's: a CANCEL has the branch of its INVITE, and is not it. */
function key(message: SipMessage): string {
  return `${message.branch} ${message.method}`;
}
