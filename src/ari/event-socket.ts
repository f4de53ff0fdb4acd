/**
 * The events' WebSocket: Asterisk's `/ari/events`, for as long as it lasts. Not ari-client's own `start()`: that
 * gives up after ten attempts, never notices that the other end is gone, dies of a message that it cannot read,
 * and makes an object with forty functions of every channel in every event.
 */
import { WebSocket } from 'ws';
import type { Logger } from '../log.ts';
import { AriError } from './ari-error.ts';
import { type Message, readMessage } from './ari-event.ts';

/** For the whole handshake, so that a server that says a byte now and then is given up, too. */
const HANDSHAKE_LIMIT_MS = 5_000;
/** One that has not been heard of for a whole period is gone, so that is found within two. */
const PING_MS = 5_000;

export interface EventSocketOptions {
  /** Of the whole resource: `http://127.0.0.1:8088/ari/events?app=vm-record` */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Called with each event. What it throws is logged. */
  readonly onMessage: (message: Message) => void;
}

export class EventSocket {
  /** Resolves when the application is registered; rejects with an AriError, with Asterisk's status if it refuses. */
  readonly opened: Promise<void>;
  /** Resolves, with the reason, when it is closed by either end, or lost. */
  readonly closed: Promise<string>;
  readonly #socket: WebSocket;
  readonly #log: Logger;
  #heard = true;
  #heardAt = Date.now();

  /** Begins to connect. */
  constructor({ url, headers, log, onMessage }: EventSocketOptions) {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers, perMessageDeflate: false });
    this.#socket = socket;
    this.#log = log;
    let why = '';
    let refusal: number | undefined;
    let ping: NodeJS.Timeout | undefined;
    // Never a closing handshake: whoever sends nonsense, or nothing, would not take part in it.
    const end = (reason: string) => {
      why ||= reason;
      socket.terminate();
    };
    const limit = setTimeout(
      () => end(`no answer within ${HANDSHAKE_LIMIT_MS / 1000} s`),
      HANDSHAKE_LIMIT_MS,
    );
    socket.on('unexpected-response', (_, { statusCode }) => {
      refusal = statusCode;
      end(`${statusCode}`);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on('open', () => {
      clearTimeout(limit);
      ping = setInterval(() => {
        if (!this.#heard) return end(`nothing heard of it for ${PING_MS / 1000} s`);
        this.#heard = false;
        socket.ping();
      }, PING_MS);
    });
    socket.on('pong', () => this.#hear());
    // From the start, so that not even the first event is missed.
    socket.on('message', (data: Buffer) => {
      this.#hear();
      this.#take(data, onMessage);
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        clearTimeout(limit);
        clearInterval(ping);
        resolve(why || `closed, code ${code}`);
      });
    });
    this.opened = new Promise((resolve, reject) => {
      socket.on('open', resolve);
      void this.closed.then((reason) => reject(new AriError(`GET /ari/events: ${reason}`, refusal)));
    });
  }

  /** When it was last heard of, in epoch ms. */
  get heardAt(): number {
    return this.#heardAt;
  }

  close(): void {
    this.#socket.terminate();
  }

  #hear(): void {
    this.#heard = true;
    this.#heardAt = Date.now();
  }

  #take(data: Buffer, onMessage: (message: Message) => void): void {
    let message: Message | undefined;
    try {
      message = readMessage(data.toString(), (event) =>
        this.#log.debug({ event }, 'Ignoring an unknown event'),
      );
    } catch (error) {
      this.#log.warn({ err: error }, 'Could not read an event');
      return;
    }
    try {
      if (message) onMessage(message);
    } catch (error) {
      this.#log.error({ err: error, event: message?.type }, 'Could not handle an event');
    }
  }
}
