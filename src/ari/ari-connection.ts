/**
 * The connection to Asterisk, which is never given up: whatever Asterisk answers, or does not, is tried again
 * for ever. Only wrong settings end it, and only before they were right once: while Asterisk is away, anybody on its
 * machine may answer in its place.
 */
import type { Logger } from '../log.ts';
import { AriError } from './ari-error.ts';
import type { Message } from './ari-event.ts';
import type { AriEvent, AriPort } from './ari-port.ts';
import { AriRest } from './ari-rest.ts';
import { reasonOf } from './unreachable.ts';
import { type AriSettings, AriSettingsError } from './ari-settings.ts';
import { BackOff } from './back-off.ts';
import { EventSocket } from './event-socket.ts';
import { ASK_MS, Ownership } from './ownership.ts';

/** A connection that has lasted for so long was no accident. */
const STABLE_MS = 30_000;
/** Longer than any attempt to connect, with the pause after it. */
const ALIVE_MS = 60_000;

/** What is told to whoever listens to a connection. */
export interface AriListener {
  /** The application is going to be registered, for the first time or again: from now on, events may come. */
  onConnecting(): void;
  onEvent(event: AriEvent): void;
  /** It is registered. */
  onConnected(): void;
  /** The connection is lost; it is being tried again. */
  onDisconnected(why: string): void;
  /** Another connection has registered the application, and gets all of its events. Nothing more is told. */
  onReplaced(): void;
  /** Asterisk does not accept the settings any more. The connection is over. */
  onRefused(error: AriSettingsError): void;
}

export class AriConnection {
  readonly #url: string;
  readonly #app: string;
  readonly #log: Logger;
  readonly #rest: AriRest;
  readonly #backOff = new BackOff();
  #socket: EventSocket | undefined;
  #endPause: () => void = () => {};
  /** When an attempt last began, in epoch ms. */
  #triedAt = Date.now();
  #closed = false;
  #isReplaced = false;
  #wasAccepted = false;
  #complaint = '';

  /** One in a process: ari-client keeps one password for all of them. */
  constructor(settings: AriSettings, app: string, log: Logger) {
    this.#url = `${settings.ariUrl}/ari/events?app=${app}`;
    this.#app = app;
    this.#log = log;
    this.#rest = new AriRest(settings, app);
  }

  /** Its operations reject until Asterisk has been reached. */
  get port(): AriPort {
    return this.#rest.port;
  }

  /** Whether it is heard of, or being made anew; false only if it hangs. */
  get isAlive(): boolean {
    return Date.now() - Math.max(this.#triedAt, this.#socket?.heardAt ?? 0) < ALIVE_MS;
  }

  /**
   * Connects, and connects again whenever the connection is lost. Resolves when the connection is closed, or refused,
   * or another has the application. Then it may be called again: it waits until nobody has.
   */
  async keep(listener: AriListener): Promise<void> {
    if (this.#isReplaced) await this.#standBy();
    this.#isReplaced = false;
    while (!this.#isOver) {
      this.#triedAt = Date.now();
      try {
        await this.#connectOnce(listener);
      } catch (error) {
        if (error instanceof AriSettingsError && !this.#wasAccepted) {
          this.close();
          return listener.onRefused(error);
        }
        this.#complain(error);
      }
      if (!this.#isOver) await this.#pause(this.#backOff.next());
    }
    if (this.#isReplaced) listener.onReplaced();
  }

  /** Whether another has the application, and the end of that is waited for. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  get #isOver(): boolean {
    return this.#closed || this.#isReplaced;
  }

  /** Resolves when no operation is under way, or after `limitMs`. */
  idle(limitMs: number): Promise<void> {
    return this.#rest.idle(limitMs);
  }

  /** Hears no more events, and tries no more. Operations still work. Calls stay in Stasis. */
  stopListening(): void {
    this.#closed = true;
    this.#endPause();
    this.#socket?.close();
  }

  /** Closes all sockets; operations reject from now on. */
  close(): void {
    this.stopListening();
    this.#rest.close();
  }

  /** Resolves when the connection, once made, is lost. */
  async #connectOnce(listener: AriListener): Promise<void> {
    await this.#rest.reach();
    if (this.#closed) return;
    listener.onConnecting();
    const socket = this.#newSocket(listener);
    this.#socket = socket;
    try {
      await this.#opened(socket);
      if (!this.#closed && !(await this.#rest.setEventFilter()))
        this.#log.warn('Asterisk does not filter events: it sends more than is used');
      if (this.#isOver) return;
      const began = Date.now();
      this.#complaint = '';
      this.#wasAccepted = true;
      listener.onConnected();
      const why = await socket.closed;
      if (Date.now() - began > STABLE_MS) this.#backOff.reset();
      if (!this.#isOver) listener.onDisconnected(why);
    } finally {
      socket.close();
    }
  }

  #newSocket(listener: AriListener): EventSocket {
    const { headers, dialplanCalls } = this.#rest;
    const onMessage = (message: Message) => {
      if (this.#isReplaced) return;
      if (message.type === 'ApplicationReplaced') {
        this.#isReplaced = true;
        socket.close();
      } else if (!dialplanCalls.take(message)) listener.onEvent(message);
    };
    const socket = new EventSocket({ url: this.#url, headers, log: this.#log, onMessage });
    return socket;
  }

  async #standBy(): Promise<void> {
    const other = new Ownership(this.#rest.port, this.#app);
    let isFree = false;
    while (!this.#closed && !isFree) {
      this.#triedAt = Date.now();
      // First, as the other has only just come.
      await this.#pause(ASK_MS);
      try {
        isFree = await other.isFree();
        this.#complaint = '';
      } catch (error) {
        // Asterisk is away, or knows another password now.
        this.#complain(error);
      }
    }
  }

  async #opened(socket: EventSocket): Promise<void> {
    try {
      await socket.opened;
    } catch (error) {
      const status = error instanceof AriError ? error.status : undefined;
      if (status === undefined) throw error;
      this.#rest.checkLogin(status);
      throw new AriError(`Asterisk refuses the events' WebSocket (${status}): is res_ari_events loaded?`);
    }
  }

  /** Once for each reason, however often it is tried. */
  #complain(error: unknown): void {
    if (this.#closed) return;
    const reason = reasonOf(error);
    if (reason !== this.#complaint) this.#log.warn({ reason }, 'Cannot connect to Asterisk: trying again');
    this.#complaint = reason;
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
