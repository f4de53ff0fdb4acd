/**
 * The scripted callers' own line to Asterisk: one WebSocket for events, plain HTTP for commands. Deliberately apart
 * from the daemon's ari-client, so that a fault there can not hide itself from the tests.
 */
import { once } from 'node:events';
import WebSocket from 'ws';
import { type AriAccount, AriHttp } from './ari-http.ts';

/** Those parts of ARI's events that a caller, or who watches one, needs. */
export interface AriEvent {
  type: string;
  /** When it happened, by Asterisk's clock. */
  timestamp?: string;
  channel?: { id: string };
  playback?: { id: string; state: string; media_uri: string; target_uri: string };
  recording?: { name: string; target_uri: string };
  digit?: string;
  /** Of StasisStart: what the dialplan hands over. */
  args?: readonly string[];
  cause_txt?: string;
  /** Of ChannelDialplan: what the dialplan runs next. */
  dialplan_app?: string;
  /** Of ChannelVarset. */
  variable?: string;
  value?: string;
}

/** Time limits in ms. */
const CONNECT_LIMIT = 5_000;
const CLOSE_LIMIT = 2_000;

/** As a limit: wait as long as the connection lasts. */
export const FOREVER = Infinity;

const LOST = 'the connection to Asterisk is lost';

interface Wait {
  matches: (event: AriEvent) => boolean;
  resolve: (event: AriEvent) => void;
  fail: (why: string) => void;
}

/**
 * One application's connection. It hears of the channels that enter the application or that are {@link watch}ed, and
 * not simply of all: with `subscribeAll` Asterisk 22.10 can deadlock when the WebSocket closes while a channel comes
 * or goes, and then serves no ARI at all (https://github.com/asterisk/asterisk/issues/2170).
 */
export class AriLink {
  readonly #app: string;
  readonly #http: AriHttp;
  readonly #socket: WebSocket;
  readonly #waits = new Set<Wait>();

  private constructor(app: string, account: AriAccount, socket: WebSocket) {
    this.#app = app;
    this.#http = new AriHttp(account);
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString()) as AriEvent;
      for (const wait of [...this.#waits]) if (wait.matches(event)) wait.resolve(event);
    });
    // An error is always followed by close.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#waits.forEach((wait) => wait.fail(LOST)));
  }

  /** Connects as the application `app`, and asks Asterisk for only these `types` of event. */
  static async connect(account: AriAccount, app: string, types: string[]): Promise<AriLink> {
    const url = new URL('/ari/events', account.url.replace(/^http/, 'ws'));
    url.search = new URLSearchParams({ app }).toString();
    const auth = `${account.username}:${account.password}`;
    const socket = new WebSocket(url, { auth, handshakeTimeout: CONNECT_LIMIT });
    await once(socket, 'open');
    const link = new AriLink(app, account, socket);
    await link.request('PUT', `/applications/${app}/eventFilter`, {
      allowed: types.map((type) => ({ type })),
    });
    return link;
  }

  /** Sends a command. @throws AriRefusal when Asterisk refuses it. */
  request(method: string, path: string, body: object = {}): Promise<void> {
    return this.#http.send(method, path, body);
  }

  /**
   * Asks for all events of a channel, or of something else, until it is gone.
   * @throws AriRefusal when there is no such thing
   */
  watch(id: string, kind: 'channel' | 'bridge' = 'channel'): Promise<void> {
    return this.request('POST', `/applications/${this.#app}/subscription`, { eventSource: `${kind}:${id}` });
  }

  /** Calls `onEvent` with every event from now on. */
  watchAll(onEvent: (event: AriEvent) => void): void {
    this.#socket.on('message', (data: Buffer) => onEvent(JSON.parse(data.toString()) as AriEvent));
  }

  /**
   * Resolves with the first event from now on that `matches`; rejects after `limit` ms or when the connection is lost,
   * saying `what` was awaited. Call it before the command that causes the event. A wait whose command then fails may
   * be left alone: it ends by itself and its rejection is never "unhandled".
   */
  waitFor(what: string, limit: number, matches: Wait['matches']): Promise<AriEvent> {
    const result = new Promise<AriEvent>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waits.delete(wait);
      };
      const fail = (why: string) => {
        settle();
        reject(new Error(`waiting for ${what}: ${why}`));
      };
      const wait: Wait = { matches, fail, resolve: (event) => (settle(), resolve(event)) };
      const timer =
        limit === FOREVER ? undefined : setTimeout(() => fail(`nothing within ${limit} ms`), limit);
      this.#waits.add(wait);
      if (this.#socket.readyState !== WebSocket.OPEN) fail(LOST);
    });
    result.catch(() => undefined);
    return result;
  }

  /** Ends the connection; every wait that is left rejects. Safe to call again. */
  async close(): Promise<void> {
    this.#http.close();
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_LIMIT);
    this.#socket.close();
    await closed;
    clearTimeout(timer);
  }
}
