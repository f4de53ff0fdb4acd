/**
 * HTTP to Asterisk, for every ARI operation: kept connections, not too many of them, a time limit on each request,
 * and a rejection whenever the answer does not come whole.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { within } from '../within.ts';
import { AriError } from './ari-error.ts';
import type { ReadPiece } from './http-body.ts';
import { type HttpAnswer, HttpSocket, type SocketOwner, type Waiting } from './http-socket.ts';

export type { HttpAnswer };

/** Asterisk answers in milliseconds; one that takes longer than this is not coming back. */
const ANSWER_LIMIT_MS = 5_000;

/** The longest of the usual answers are the descriptions of the API, of 100 kB. */
const LONGEST_BYTES = 2 * 1024 * 1024;

/**
 * Asterisk refuses more than `sessionlimit` (100) sessions, and other clients need some too. With the events'
 * WebSocket these are 32.
 */
const MOST_SOCKETS = 31;

const CLOSED = 'the connection is closed';

export interface HttpRequest {
  readonly method: string;
  /** With the query, every part of it encoded. */
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
  /** Time limit of the whole answer in ms, where it may take longer than usual. */
  readonly limitMs?: number | undefined;
  /** The most bytes of the answer, where it may be longer than usual. */
  readonly longestBytes?: number | undefined;
  /**
   * Reads the body of a success piece by piece; nothing of it is kept. As long as it goes on it is waited for, until
   * `limitMs`.
   */
  readonly read?: ReadPiece | undefined;
}

export class HttpClient implements SocketOwner {
  readonly #origin: URL;
  /** Of every request. */
  readonly #headers: string;
  readonly #sockets = new Set<HttpSocket>();
  readonly #free: HttpSocket[] = [];
  /** Those that wait for a connection. */
  readonly #queue = new Set<Exchange>();
  readonly #underWay = new Set<Promise<HttpAnswer>>();
  #closed = false;

  /**
   * @param origin `http://127.0.0.1:8088`
   * @param authorization the header's value
   */
  constructor(origin: string, authorization: string) {
    this.#origin = new URL(origin);
    this.#headers = `Host: ${this.#origin.host}\r\nAuthorization: ${authorization}\r\n`;
  }

  /**
   * Sends one request and reads the whole answer, whatever its status.
   * @throws AriError without a status when there was no answer
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = this.#send(request);
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  /** Resolves when no request is under way any more, nor one that follows from its answer; or after `limitMs`. */
  async idle(limitMs: number): Promise<void> {
    const until = Date.now() + limitMs;
    while (this.#underWay.size > 0 && Date.now() < until) {
      await within(until - Date.now(), Promise.allSettled(this.#underWay));
      await nextTurn();
    }
  }

  /** Closes every connection. What is under way, and what is asked for later, rejects at once. */
  close(): void {
    this.#closed = true;
    for (const exchange of this.#queue) exchange.failed(CLOSED);
    for (const socket of this.#sockets) socket.close();
  }

  #send(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, this.#textOf(request), resolve, reject);
      if (this.#closed) return exchange.failed(CLOSED);
      const socket = this.#takeFree() ?? this.#connect();
      if (socket) return exchange.begin(socket);
      this.#queue.add(exchange);
      exchange.onFailed = () => this.#queue.delete(exchange);
    });
  }

  #textOf({ method, path, body }: HttpRequest): string {
    const head = `${method} ${path} HTTP/1.1\r\n${this.#headers}Content-Length: `;
    if (body === undefined) return `${head}0\r\n\r\n`;
    return `${head}${Buffer.byteLength(body)}\r\nContent-Type: application/json\r\n\r\n${body}`;
  }

  #takeFree(): HttpSocket | undefined {
    for (let socket = this.#free.pop(); socket; socket = this.#free.pop()) if (socket.isOpen) return socket;
    return undefined;
  }

  #connect(): HttpSocket | undefined {
    if (this.#sockets.size >= MOST_SOCKETS) return undefined;
    const socket = new HttpSocket(this.#origin, this);
    this.#sockets.add(socket);
    return socket;
  }

  socketFree(socket: HttpSocket): void {
    const [next] = this.#queue;
    if (!next) return void this.#free.push(socket);
    this.#queue.delete(next);
    next.begin(socket);
  }

  socketClosed(socket: HttpSocket): void {
    this.#sockets.delete(socket);
    const index = this.#free.indexOf(socket);
    if (index >= 0) this.#free.splice(index, 1);
    if (this.#queue.size === 0) return;
    const another = this.#connect();
    if (another) this.socketFree(another);
  }
}

/** A request, and who waits for its answer. */
class Exchange implements Waiting {
  readonly #request: HttpRequest;
  readonly #text: string;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: AriError) => void;
  readonly #limit: NodeJS.Timeout;
  /** Until then its limit begins anew with each piece. */
  readonly #goesOnUntil: number;
  #socket: HttpSocket | undefined;
  /** Called when it has failed. */
  onFailed: (() => void) | undefined;

  constructor(
    request: HttpRequest,
    text: string,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: AriError) => void,
  ) {
    this.#request = request;
    this.#text = text;
    this.#resolve = resolve;
    this.#reject = reject;
    const { read, limitMs = ANSWER_LIMIT_MS } = request;
    const pieceLimitMs = read ? ANSWER_LIMIT_MS : limitMs;
    this.#goesOnUntil = performance.now() + limitMs - pieceLimitMs;
    this.#limit = setTimeout(() => {
      this.failed(`no answer within ${pieceLimitMs / 1000} s`);
      this.#socket?.close();
    }, pieceLimitMs);
  }

  get read(): ReadPiece | undefined {
    return this.#request.read;
  }

  longestBytes(isKept: boolean): number {
    const { read, longestBytes = LONGEST_BYTES } = this.#request;
    return read && isKept ? LONGEST_BYTES : longestBytes;
  }

  goesOn(): void {
    if (this.read && performance.now() < this.#goesOnUntil) this.#limit.refresh();
  }

  begin(socket: HttpSocket): void {
    this.#socket = socket;
    socket.send(this.#text, this);
  }

  answered(answer: HttpAnswer): void {
    clearTimeout(this.#limit);
    this.#resolve(answer);
  }

  failed(reason: string, code?: string): void {
    clearTimeout(this.#limit);
    this.onFailed?.();
    const { method, path } = this.#request;
    // Without the query, which may hold what is nobody's business.
    this.#reject(new AriError(`${method} ${path.replace(/\?.*$/, '')}: ${reason}`, undefined, code));
  }
}
