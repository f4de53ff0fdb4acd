/**
 * One connection to Asterisk's HTTP server, which is kept and carries one request at a time. Not node:http, whose
 * agent, streams and objects cost about as much CPU as all else that a call needs; http-parser-js reads the answers.
 */
import { HTTPParser } from 'http-parser-js';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { HttpBody, type ReadPiece } from './http-body.ts';

/**
 * Asterisk drops a quiet connection after `session_keep_alive` (15 s). Being first means that a request never
 * travels on a connection that is being closed.
 */
const QUIET_MS = 10_000;

/** Read at a time, at most; nearly every answer is shorter. */
const BUFFER_BYTES = 32_768;

/** Head, chunk sizes and trailers together may have so many bytes more than the answer's body. */
const MOST_AROUND_BYTES = 64 * 1024;

/** The names in a certificate may be many. */
const LONGEST_NAMES = 200;

export interface HttpAnswer {
  readonly status: number;
  /** The body; empty if it was handed on. */
  readonly data: Buffer;
}

/** Who waits for an answer. */
export interface Waiting {
  /** Who reads the body piece by piece, if that of a success is not to be kept. */
  readonly read: ReadPiece | undefined;
  /**
   * A server that never ends its answer must not fill the memory: the most that may come, all that is around it included.
   * @param isKept whether it takes any
   */
  longestBytes(isKept: boolean): number;
  /** More of the answer has come. */
  goesOn(): void;
  answered(answer: HttpAnswer): void;
  /** @param code why there is no answer, by the system's or TLS's own name for it */
  failed(reason: string, code?: string): void;
}

export interface SocketOwner {
  /** An answer is whole: the next request can be sent. */
  socketFree(socket: HttpSocket): void;
  /** It is closed by either end, and who waited has been told. */
  socketClosed(socket: HttpSocket): void;
}

export class HttpSocket {
  readonly #socket: Socket;
  readonly #owner: SocketOwner;
  readonly #parser = new HTTPParser(HTTPParser.RESPONSE);
  #waiting: Waiting | undefined;
  #status = 0;
  #isKept = false;
  /** Whole, and not delivered yet. */
  #answer: HttpAnswer | undefined;
  /** As far as it has come. */
  readonly #body = new HttpBody();
  /** All that has come of the answer, its head and so on included. */
  #wireBytes = 0;

  /** Begins to connect; a request can be sent at once. */
  constructor(origin: URL, owner: SocketOwner) {
    this.#socket = open(origin, (data) => this.#take(data));
    this.#owner = owner;
    this.#socket.setTimeout(QUIET_MS, () => {
      if (!this.#waiting) this.close();
    });
    this.#socket.on('end', () => this.#end());
    this.#socket.on('error', (error: SocketError) => this.#fail(wordsOf(error), error.code));
    this.#socket.on('close', () => {
      this.#fail('the connection is closed');
      owner.socketClosed(this);
    });
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, shouldKeepAlive, headers }) => {
      this.#status = statusCode;
      this.#isKept = shouldKeepAlive;
      const read = this.#waiting?.read;
      if (read && statusCode >= 200 && statusCode <= 299) this.#body.handOn(read, headers);
    };
    this.#parser[HTTPParser.kOnBody] = (chunk, start, length) => {
      // The parser believes in a negative length, and would go back for hours.
      if (!(length > 0)) throw new Error('no length');
      this.#body.append(chunk.subarray(start, start + length));
    };
    this.#parser[HTTPParser.kOnMessageComplete] = () => this.#whole();
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Sends a request, and hands its answer to whoever waits. Only when it is free and open. */
  send(request: string, waiting: Waiting): void {
    this.#waiting = waiting;
    this.#socket.write(request);
  }

  /** Closes it; who waits is told. */
  close(): void {
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    // Nobody has asked for anything.
    if (!this.#waiting) return this.close();
    this.#wireBytes += data.length;
    const { isKept, bytes } = this.#body;
    const around = this.#wireBytes - bytes - data.length;
    if (this.#wireBytes > this.#waiting.longestBytes(isKept) || around > MOST_AROUND_BYTES + bytes)
      return this.#fail('an answer without end');
    if (!this.#parse(data)) return this.#fail('not HTTP');
    this.#waiting.goesOn();
    if (this.#body.isEnough) this.#breakOff();
    this.#deliver();
  }

  #parse(data: Buffer): boolean {
    try {
      return !(this.#parser.execute(data) instanceof Error);
    } catch {
      return false;
    }
  }

  /** An answer of unknown length ends here, any other is broken off. */
  #end(): void {
    // Not to be taken for free any more.
    if (!this.#waiting) return this.close();
    if (this.#parser.finish() instanceof Error) this.#fail('the answer is broken off');
    this.#isKept = false;
    this.#deliver();
  }

  #whole(): void {
    // 100 Continue, and its like: the answer follows.
    if (this.#status < 200) return;
    // A second one, for which nobody has asked.
    if (this.#answer) this.#isKept = false;
    else this.#answer = { status: this.#status, data: this.#body.take() };
    this.#wireBytes = 0;
  }

  /** The rest would only cost time: Asterisk stops sending when the connection is closed, and logs nothing. */
  #breakOff(): void {
    this.#answer = { status: this.#status, data: this.#body.take() };
    this.#isKept = false;
  }

  #deliver(): void {
    const answer = this.#answer;
    if (!answer) return;
    const waiting = this.#waiting;
    this.#answer = undefined;
    this.#waiting = undefined;
    if (this.#isKept) this.#owner.socketFree(this);
    else this.close();
    waiting?.answered(answer);
  }

  #fail(reason: string, code?: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.close();
    waiting?.failed(reason, code);
  }
}

/** With the server's certificate, if that is for another host. */
type SocketError = NodeJS.ErrnoException & { readonly cert?: PeerCertificate };

function wordsOf({ code, message, cert }: SocketError): string {
  const names = cert && (cert.subjectaltname ?? String(cert.subject.CN));
  return names ? `${code}, it is for ${names.slice(0, LONGEST_NAMES)}` : (code ?? message);
}

/** @param take called with what is read, which is there for the length of the call only */
function open({ protocol, hostname, port }: URL, take: (data: Buffer) => void): Socket {
  const isSecure = protocol === 'https:';
  // In a URL, an IPv6 address has brackets.
  const host = hostname.replace(/^\[|\]$/g, '');
  // In place of a stream's events, with a new buffer for each.
  const onread = {
    buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
    callback: (bytes: number, buffer: Uint8Array) => {
      take((buffer as Buffer).subarray(0, bytes));
      return true;
    },
  };
  const options = { host, port: Number(port) || (isSecure ? 443 : 80), noDelay: true, onread };
  if (!isSecure) return connect(options);
  return connectTls(isIP(host) ? options : { ...options, servername: host });
}
