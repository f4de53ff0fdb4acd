/** The daemon: wires Asterisk to the router and to message waiting, and is started and stopped. */
import { AriConnection } from './ari/ari-connection.ts';
import type { AriPort } from './ari/ari-port.ts';
import type { AriSettingsError } from './ari/ari-settings.ts';
import { AriError } from './ari/ari-error.ts';
import { BackOff } from './ari/back-off.ts';
import { measurePort } from './ari/measured-port.ts';
import { CallRouter } from './call-router.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { MessageIndex } from './mailbox/message-index.ts';
import { MessageWaiting } from './mailbox/message-waiting.ts';
import { chooseMwiBackend } from './mailbox/mwi-choice.ts';
import type { Metrics } from './metrics.ts';
import { Recovery } from './recovery.ts';

/** A caller for whom there was no daemon is being recorded by the dialplan this long after, if ever. */
const LATECOMERS_MS = 5_000;
/** What has begun when the process is to stop may end within this: SIGTERM ends it in less than 2 s. */
const DRAIN_MS = 1_000;

/** Reasons why no call would be taken. */
const NOT_CONNECTED = 'not connected to Asterisk';
const RECOVERING = 'reading calls and messages back from Asterisk';

export interface DaemonListener {
  /** Calls are taken from now on, those that waited included: at the start, and after each reconnect. */
  onReady(): void;
  /** No calls are taken until the next onReady. */
  onDisconnected(): void;
  /** Another daemon has taken over. */
  onReplaced(): void;
  /** Asterisk does not accept the settings. */
  onRefused(error: AriSettingsError): void;
}

export class Daemon {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #listener: DaemonListener;
  readonly #metrics: Metrics | undefined;
  readonly #connection: AriConnection;
  readonly #ari: AriPort;
  readonly #index = new MessageIndex();
  readonly #messageWaiting: MessageWaiting;
  readonly #router: CallRouter;
  readonly #recovery: Recovery;
  readonly #backOff = new BackOff();
  #again: NodeJS.Timeout | undefined;
  #latecomers: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #isReady = false;
  #unavailable: string | undefined = NOT_CONNECTED;

  /** @param metrics if they are wanted: told of everything that is counted */
  constructor(app: string, config: Config, log: Logger, listener: DaemonListener, metrics?: Metrics) {
    this.#config = config;
    this.#log = log;
    this.#listener = listener;
    this.#connection = new AriConnection(config, app, log);
    this.#metrics = metrics;
    const ari = metrics ? measurePort(this.#connection.port, metrics) : this.#connection.port;
    const index = this.#index;
    this.#ari = ari;
    index.onAdd = () => metrics?.messageStored();
    this.#messageWaiting = new MessageWaiting({ index, mailboxes: config.mailboxes, log });
    this.#router = new CallRouter({ ari, app, config, log, index, observer: metrics });
    this.#recovery = new Recovery({ ari, router: this.#router, index, config, log });
  }

  /** Why a call would not be taken now; nothing if it would be. */
  get unavailable(): string | undefined {
    return this.#unavailable;
  }

  /** Whether the process does its work, or what it can while Asterisk is away; false if it hangs. */
  get isAlive(): boolean {
    return this.#connection.isAlive;
  }

  /** The number of calls in each state, by its name. */
  get calls(): ReadonlyMap<string, number> {
    return this.#router.callsByState();
  }

  /** The number of messages in all mailboxes. */
  get messages(): number {
    return this.#index.size;
  }

  /** Connects, for ever, and takes the calls of the Stasis application. */
  start(): void {
    void this.#connection.keep({
      onConnecting: () => this.#router.connecting(),
      onEvent: (event) => this.#router.route(event),
      onConnected: () => {
        if (this.#isReady) {
          this.#log.info('Connected to Asterisk again');
          this.#metrics?.reconnected();
        }
        this.#unavailable = RECOVERING;
        void this.refresh();
        this.#awaitLatecomers();
      },
      onDisconnected: (reason) => {
        this.#unavailable = NOT_CONNECTED;
        clearTimeout(this.#again);
        clearTimeout(this.#latecomers);
        this.#log.warn({ reason }, 'Lost the connection to Asterisk: trying again');
        this.#router.disconnected();
        this.#listener.onDisconnected();
      },
      onReplaced: () => {
        this.#unavailable = 'another daemon has taken over';
        this.#listener.onReplaced();
      },
      onRefused: (error) => this.#listener.onRefused(error),
    });
  }

  /** Reads back from Asterisk all that is known: calls, messages, lamps. What fails is tried again. */
  refresh(): Promise<void> {
    clearTimeout(this.#again);
    this.#refreshing = this.#refreshing.then(() => this.#refresh());
    return this.#refreshing;
  }

  /** Stops. Nobody is hung up: callers stay in Stasis, for the next daemon. Resolves within a second. */
  async stop(): Promise<void> {
    this.#log.info({ calls: this.#router.size }, 'Stopping');
    this.#unavailable = 'stopping';
    clearTimeout(this.#again);
    clearTimeout(this.#latecomers);
    this.#messageWaiting.stop();
    this.#connection.stopListening();
    await this.#connection.idle(DRAIN_MS);
    this.#connection.close();
  }

  async #refresh(): Promise<void> {
    const { connection } = this.#router;
    const isCurrent = () => this.#isConnected && this.#router.connection === connection;
    try {
      if (isCurrent()) await this.#recover(isCurrent);
      this.#backOff.reset();
    } catch (error) {
      // What is to be done after the next connect, is done then.
      if (!isCurrent()) return;
      this.#log.error({ err: error }, 'Could not read everything back from Asterisk: trying again');
      this.#again = setTimeout(() => void this.refresh(), this.#backOff.next());
    }
  }

  /** One step that fails does not keep the others from being done. */
  async #recover(isCurrent: () => boolean): Promise<void> {
    const isComplete = await this.#recovery.takeUpCalls(isCurrent);
    if (isCurrent()) this.#ready();
    const failures: unknown[] = isComplete ? [] : [new AriError('a call could not be taken up')];
    // A call that was not taken up would count as ended.
    const settle = () => (isComplete ? this.#recovery.settleCalls() : Promise.resolve());
    for (const step of [settle, () => this.#publish(), () => this.#recovery.repair()]) {
      if (isCurrent()) await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #publish(): Promise<void> {
    const { mwi, context } = this.#config;
    this.#messageWaiting.publishAll(await chooseMwiBackend(mwi, this.#ari, context, this.#log));
  }

  async #countLatecomers(): Promise<void> {
    if (!this.#isConnected) return;
    try {
      await this.#recovery.countLatecomers();
    } catch (error) {
      this.#log.warn({ err: error }, 'Could not count the messages: trying again');
      if (this.#isConnected) this.#awaitLatecomers();
    }
  }

  #awaitLatecomers(): void {
    clearTimeout(this.#latecomers);
    this.#latecomers = setTimeout(() => {
      this.#refreshing = this.#refreshing.then(() => this.#countLatecomers());
    }, LATECOMERS_MS);
  }

  get #isConnected(): boolean {
    return this.#unavailable === undefined || this.#unavailable === RECOVERING;
  }

  #ready(): void {
    this.#unavailable = undefined;
    this.#isReady = true;
    this.#listener.onReady();
  }
}
