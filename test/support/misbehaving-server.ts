/**
 * An Asterisk that does as it should, REST and events' WebSocket, until a test says otherwise; and that counts what
 * is asked of it. Unlike `HostileServer`, it can be gone, come back on its port, and speak TLS.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Certificate } from './certificate.ts';
import { asAsterisk, type HostileAnswer, sendAnswer } from './hostile-server.ts';

export class MisbehavingServer {
  /** How a request (`GET /ari/asterisk/info`, and its query) is answered; undefined: as Asterisk would. */
  answer: (request: string, query: URLSearchParams) => HostileAnswer | undefined = () => undefined;
  /** What becomes of a WebSocket's handshake; by default it succeeds. */
  upgrade: ((socket: Duplex) => void) | undefined;
  /** All requests so far, handshakes (`GET /ari/events`) included. */
  readonly asked: string[] = [];
  /** The last body of each request. */
  readonly bodies = new Map<string, string>();
  /** The events' WebSockets that were ever opened; the last is the one in use, and `line` what it runs on. */
  readonly eventSockets: WebSocket[] = [];
  line: Duplex | undefined;
  /** Sockets that are open now, and the most that ever were at a time. */
  readonly sockets = new Set<Socket>();
  most = 0;
  readonly #certificate: Certificate | undefined;
  readonly #webSockets = new WebSocketServer({ noServer: true });
  #server: Server | undefined;
  #port = 0;

  constructor(certificate?: Certificate) {
    this.#certificate = certificate;
  }

  get url(): string {
    return `${this.#certificate ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** Listens: the first time on any port, then on the same again. */
  async listen(): Promise<void> {
    const server = this.#certificate ? createTlsServer(this.#certificate) : createServer();
    this.#server = server
      .on('connection', (socket: Socket) => this.#count(socket))
      .on('request', (request: IncomingMessage) => {
        const asked = this.#note(request);
        const { url = '' } = request;
        const { searchParams } = new URL(url, this.url);
        sendAnswer(request, this.answer(asked, searchParams) ?? asAsterisk(url, this.url));
      })
      .on('upgrade', (request, socket, head) => {
        this.#note(request);
        if (this.upgrade) return this.upgrade(socket);
        this.#webSockets.handleUpgrade(request, socket, head, (events) => {
          this.line = socket;
          this.eventSockets.push(events.on('error', () => {}));
        });
      });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Cuts all lines, and is gone until it listens again. Safe to call again. */
  async close(): Promise<void> {
    this.sockets.forEach((socket) => socket.resetAndDestroy());
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
    this.#server = undefined;
  }

  /** How often this was asked. */
  times(request: string): number {
    return this.asked.filter((each) => each === request).length;
  }

  /** Sends an event, or any text or bytes, to whoever is connected last. */
  send(event: object | string | Buffer): void {
    const raw = typeof event === 'string' || Buffer.isBuffer(event);
    this.eventSockets.at(-1)?.send(raw ? event : JSON.stringify(event));
  }

  #count(socket: Socket): void {
    this.sockets.add(socket);
    this.most = Math.max(this.most, this.sockets.size);
    socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
  }

  #note(request: IncomingMessage): string {
    const asked = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
    this.asked.push(asked);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => this.bodies.set(asked, (body += text)));
    return asked;
  }
}
