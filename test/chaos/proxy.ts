/**
 * Stands between the daemon and Asterisk, and does to each request what it is told to. REST requests are read and
 * answered one by one, so that a fault hits a request and not some bytes; the events' WebSocket passes as it is.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { EventLine } from './event-line.ts';
import type { RestFault } from './faults.ts';

/** Asterisk allows a hundred connections; the callers have some of their own. */
const CONNECTIONS = 60;
/** Asterisk drops a quiet connection after 15 s. */
const QUIET_MS = 10_000;
/** An answer that is to come after the next two comes after this time when there are none. */
const REORDER_MS = 1_000;
const OVERTAKEN_BY = 2;

export interface Asked {
  readonly method: string;
  /** Without the query, in which the password may be. */
  readonly path: string;
}

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Buffer;
}

/** Decides what becomes of each request. */
export type Decide = (asked: Asked) => RestFault | undefined;

export class ChaosProxy {
  readonly #decide: Decide;
  readonly #farPort: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: QUIET_MS });
  readonly #near = new Set<Socket>();
  readonly #lines = new Set<EventLine>();
  readonly #closing = new AbortController();
  readonly #server: Server;
  /** Answers held back, each with how many must overtake it. */
  readonly #held = new Set<{ left: number; release: () => void }>();
  #refusing = false;

  private constructor(farPort: number, decide: Decide) {
    this.#farPort = farPort;
    this.#decide = decide;
    this.#server = createServer((asked, answer) => {
      // Whoever gives up a request, or is told to close, is no failure of the proxy's.
      this.#serve(asked, answer).catch(() => answer.destroy());
    });
    // The daemon closes quiet connections; closing them here would be one fault more than were planned.
    this.#server.keepAliveTimeout = 0;
    this.#server.on('connection', (socket) => {
      if (this.#refusing) return void socket.resetAndDestroy();
      this.#near.add(socket);
      socket.on('error', () => {}).on('close', () => this.#near.delete(socket));
    });
    this.#server.on('upgrade', (asked, socket: Socket, head) => this.#upgrade(asked, socket, head));
  }

  /** @param farPort Asterisk's, on this machine */
  static async start(farPort: number, decide: Decide): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(farPort, decide);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection, and lets none come up until {@link accept}. */
  refuse(): void {
    this.#refusing = true;
    this.cutEvents();
    for (const socket of this.#near) socket.resetAndDestroy();
  }

  accept(): void {
    this.#refusing = false;
  }

  cutEvents(): void {
    for (const line of this.#lines) line.cut();
  }

  freezeEvents(): void {
    for (const line of this.#lines) line.freeze();
  }

  stallEvents(ms: number): void {
    for (const line of this.#lines) line.stall(ms);
  }

  /** Closes everything; resolves when the port is free. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.refuse();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(asked: IncomingMessage, near: Socket, head: Buffer): void {
    const fault = this.#decide(describe(asked));
    if (fault?.kind === '500' || fault?.kind === '503') {
      near.end(`HTTP/1.1 ${fault.kind} Chaos\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    } else if (fault && !fault.carriedOut) {
      near.resetAndDestroy();
    } else {
      const line = new EventLine(asked, near, head, this.#farPort, () => this.#lines.delete(line));
      this.#lines.add(line);
    }
  }

  async #serve(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const fault = this.#decide(describe(asked));
    const answer = fault && !fault.carriedOut ? undefined : await this.#ask(asked, body);
    switch (fault?.kind) {
      case 'drop':
        return;
      case 'reset':
        return void response.socket?.resetAndDestroy();
      case '500':
      case '503':
        return this.#deliver(response, failure(Number(fault.kind)));
      case 'truncate':
        return void (answer && response.socket?.end(half(answer)));
      case 'delay':
        await delay(fault.ms, undefined, { signal: this.#closing.signal });
        break;
      case 'reorder':
        await this.#overtaken();
        break;
      case undefined:
    }
    if (answer) this.#deliver(response, answer);
  }

  async #ask(asked: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url: path, headers } = asked;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const to = { host: '127.0.0.1', port: this.#farPort, agent: this.#agent };
      request({ ...to, method, path, headers: { ...headers, connection: 'keep-alive' } }, resolve)
        .on('error', reject)
        .end(body);
    });
    const type = response.headers['content-type'];
    return { status: response.statusCode ?? 0, type, body: await buffer(response) };
  }

  #deliver(response: ServerResponse, { status, type, body }: Answer): void {
    const length = status === 204 ? {} : { 'content-length': body.length };
    response
      .writeHead(status, { ...(type === undefined ? {} : { 'content-type': type }), ...length })
      .end(body);
    for (const held of this.#held) if (--held.left <= 0) held.release();
  }

  async #overtaken(): Promise<void> {
    const enough = new AbortController();
    const held = { left: OVERTAKEN_BY, release: () => enough.abort() };
    this.#held.add(held);
    const signal = AbortSignal.any([enough.signal, this.#closing.signal]);
    await delay(REORDER_MS, undefined, { signal }).catch(() => {});
    this.#held.delete(held);
  }
}

function describe({ method = '', url = '' }: IncomingMessage): Asked {
  return { method, path: decodeURIComponent(url.replace(/\?.*/, '')) };
}

function failure(status: number): Answer {
  return { status, type: 'application/json', body: Buffer.from('{"message":"Chaos"}') };
}

/** The first half of the answer, head and all. */
function half({ status, body }: Answer): Buffer {
  const head = `HTTP/1.1 ${status} Chaos\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head), body]);
  return whole.subarray(0, whole.length / 2);
}
