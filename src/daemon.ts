/** The daemon: wires Asterisk to the router and to message waiting, and is started and stopped. */
import type { AriConnection } from './ari/ari-connection.ts';
import type { AriPort } from './ari/ari-port.ts';
import type { AriSettingsError } from './ari/ari-settings.ts';
import { AriError } from './ari/ari-error.ts';
import { BackOff } from './ari/back-off.ts';
import { measurePort } from './ari/measured-port.ts';
import { ANSWER_MS, Ownership } from './ari/ownership.ts';
import { RecordingFormat } from './ari/recording-format.ts';
import { type RevocablePort, revocablePort } from './ari/revocable-port.ts';
import { CallRouter } from './call-router.ts';
import { Chore } from './chore.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { MessageIndex } from './mailbox/message-index.ts';
import { MessageWaiting } from './mailbox/message-waiting.ts';
import { chooseMwiBackend } from './mailbox/mwi-choice.ts';
import type { Metrics } from './metrics.ts';
import { Recount } from './recount.ts';
import { Recovery } from './recovery.ts';
import { SelfCheck } from './self-check/self-check.ts';
import { within } from './within.ts';

/** A caller of whom nobody tells waits no longer than this, or a little more. */
const LOOK_MS = 30_000;
/** What has begun when the process is to stop may end within this: SIGTERM ends it in less than 2 s. */
const DRAIN_MS = 1_000;
const RELEASE_MS = 500;

/** As long as no message could be kept, or Asterisk did not say, it is looked whether that has changed. */
const CHECK_AGAIN_MS = 10_000;

/** Reasons why no call would be taken. */
const NOT_CONNECTED = 'not connected to Asterisk';
const STANDING_BY = 'another daemon has the application: standing by';
const RECOVERING = 'reading calls and messages back from Asterisk';

export interface DaemonListener {
  /** Calls are taken from now on, those that waited included: at the start, and after each reconnect. */
  onReady(): void;
  /** No calls are taken until the next onReady. */
  onDisconnected(): void;
  /** Another daemon has the application, and the calls. This one does nothing more; the next is to stand by. */
  onReplaced(): void;
  /** Asterisk does not accept the settings. */
  onRefused(error: AriSettingsError): void;
}

export interface DaemonOptions {
  /** To Asterisk; of one that another daemon has taken the application from, the next one may be made. */
  readonly connection: AriConnection;
  /** Name of the Stasis application. */
  readonly app: string;
  readonly config: Config;
  readonly log: Logger;
  readonly listener: DaemonListener;
  /** If they are wanted: told of everything that is counted. */
  readonly metrics?: Metrics | undefined;
}

export class Daemon {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #listener: DaemonListener;
  readonly #metrics: Metrics | undefined;
  readonly #connection: AriConnection;
  readonly #ari: AriPort;
  readonly #hands: RevocablePort;
  readonly #ownership: Ownership;
  readonly #index = new MessageIndex();
  readonly #messageWaiting: MessageWaiting;
  readonly #router: CallRouter;
  readonly #recovery: Recovery;
  readonly #backOff = new BackOff();
  readonly #recount: Recount;
  readonly #format: RecordingFormat;
  readonly #selfCheck: SelfCheck;
  readonly #refreshing = new Chore(() => this.#refresh());
  readonly #recounting = new Chore(() => this.#countAgain());
  readonly #checking = new Chore(() => this.#check());
  readonly #looking = new Chore(() => this.#look());
  readonly #answering = new Chore(() => this.#answer());
  #isReady = false;
  #unavailable: string | undefined = NOT_CONNECTED;
  /** Why no message could be kept, if so. */
  #keepsNothing: string | undefined;

  constructor({ connection, app, config, log, listener, metrics }: DaemonOptions) {
    this.#config = config;
    this.#log = log;
    this.#listener = listener;
    this.#connection = connection;
    this.#metrics = metrics;
    this.#format = new RecordingFormat(log);
    this.#hands = revocablePort(connection.port);
    this.#ownership = new Ownership(this.#hands.port, app);
    const port = this.#format.of(this.#hands.port);
    const ari = metrics ? measurePort(port, metrics) : port;
    const index = this.#index;
    this.#ari = ari;
    index.onAdd = () => metrics?.messageStored();
    this.#messageWaiting = new MessageWaiting({ index, mailboxes: config.mailboxes, log });
    this.#router = new CallRouter({ ari, app, config, log, index, observer: metrics });
    this.#recovery = new Recovery({ ari, router: this.#router, index, config, log });
    this.#selfCheck = new SelfCheck({ ari, app, config, log });
    this.#recount = new Recount(() => this.#recovery.countMessages(), log);
  }

  /** Why no call would be taken now, or no message kept; nothing if both would be. */
  get unavailable(): string | undefined {
    return this.#connection.isReplaced ? STANDING_BY : (this.#unavailable ?? this.#keepsNothing);
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

  /** Connects, for ever, and takes the calls of the Stasis application; if another daemon has it, when that has left. */
  start(): void {
    void this.#connection.keep({
      onConnecting: () => {
        this.#format.connecting();
        this.#selfCheck.connecting();
        this.#router.connecting();
      },
      onEvent: (event) => this.#router.route(event),
      onConnected: () => {
        if (this.#isReady) {
          this.#log.info('Connected to Asterisk again');
          this.#metrics?.reconnected();
        }
        this.#unavailable = RECOVERING;
        void this.#ownership.take().catch(() => undefined);
        this.#answering.runIn(ANSWER_MS);
        void this.refresh();
      },
      onDisconnected: (reason) => {
        this.#unavailable = NOT_CONNECTED;
        this.#stopChores();
        this.#log.warn({ reason }, 'Lost the connection to Asterisk: trying again');
        this.#router.disconnected();
        this.#listener.onDisconnected();
      },
      onReplaced: () => {
        this.#abandon();
        this.#listener.onReplaced();
      },
      onRefused: (error) => this.#listener.onRefused(error),
    });
  }

  /**
   * Reads back from Asterisk all that is known: calls, messages, lamps. What fails is tried again. Looks whether all
   * would work, too.
   */
  refresh(): Promise<void> {
    void this.#checking.run();
    return this.#refreshing.run();
  }

  /** Stops. Nobody is hung up: callers stay in Stasis, for the next daemon. Resolves within one and a half seconds. */
  async stop(): Promise<void> {
    this.#log.info({ calls: this.#router.size }, 'Stopping');
    const wasServing = this.#isConnected;
    this.#unavailable = 'stopping';
    this.#stopChores();
    this.#messageWaiting.stop();
    this.#connection.stopListening();
    const idle = [this.#checking.idle, this.#answering.idle, this.#connection.idle(DRAIN_MS)];
    await within(DRAIN_MS, Promise.all(idle));
    // Last, as whoever stands by takes the calls then, and need not wait.
    if (wasServing)
      await within(
        RELEASE_MS,
        this.#ownership.release().catch(() => undefined),
      );
    this.#connection.close();
  }

  /** @returns when it is to be tried again, in ms; nothing if all went well */
  async #refresh(): Promise<number | undefined> {
    const { connection } = this.#router;
    const isCurrent = () => this.#isConnected && this.#router.connection === connection;
    let pauseMs: number | undefined;
    try {
      if (isCurrent()) pauseMs = await this.#recover(isCurrent);
    } catch (error) {
      if (isCurrent())
        this.#log.error({ err: error }, 'Could not read everything back from Asterisk: trying again');
      pauseMs = this.#backOff.next();
    }
    // What is to be done after the next connect, is done then.
    if (!isCurrent()) return undefined;
    if (pauseMs === undefined) this.#backOff.reset();
    return pauseMs;
  }

  /**
   * The calls first, then what needs the list of all recordings. One step that fails does not keep the others from
   * being done.
   * @returns as {@link #refresh} does
   */
  async #recover(isCurrent: () => boolean): Promise<number | undefined> {
    const isComplete = await this.#recovery.takeUpCalls();
    if (isCurrent()) this.#ready();
    const failures: unknown[] = isComplete ? [] : [new AriError('a call could not be taken up')];
    const listed = isCurrent() ? await this.#recount.count() : undefined;
    if (listed) {
      // A call that was not taken up would count as ended.
      const settle = () => (isComplete ? this.#recovery.settleCalls(listed) : Promise.resolve());
      const links = () => this.#selfCheck.checkMailboxes(listed);
      for (const step of [settle, () => this.#publish(), () => this.#recovery.repair(listed), links]) {
        if (isCurrent()) await step().catch((error: unknown) => failures.push(error));
      }
      if (isCurrent()) this.#recounting.runIn(this.#recount.pauseMs);
    }
    if (failures.length > 0) throw failures[0];
    return listed ? undefined : this.#recount.pauseOf(this.#backOff.next());
  }

  async #publish(): Promise<void> {
    const { mwi, context } = this.#config;
    this.#messageWaiting.publishAll(await chooseMwiBackend(mwi, this.#ari, context, this.#log));
  }

  async #countAgain(): Promise<number | undefined> {
    if (!this.#isConnected) return undefined;
    await this.#recount.count();
    return this.#isConnected ? this.#recount.pauseMs : undefined;
  }

  /** What it needs of the new connection is asked anew after it. */
  async #check(): Promise<number | undefined> {
    if (!this.#isConnected) return undefined;
    const before = this.#keepsNothing;
    try {
      this.#keepsNothing = await this.#selfCheck.run();
      if (before !== undefined && this.#keepsNothing === undefined)
        this.#log.info('Messages can be kept again');
    } catch (error) {
      if (this.#isConnected) this.#log.warn({ err: error }, 'Could not check Asterisk: trying again');
      return this.#isConnected ? CHECK_AGAIN_MS : undefined;
    }
    return this.#isConnected && this.#keepsNothing !== undefined ? CHECK_AGAIN_MS : undefined;
  }

  async #answer(): Promise<number | undefined> {
    // If that fails, the worst is that who stands by takes over.
    if (this.#isConnected) await this.#ownership.answer().catch(() => undefined);
    return this.#isConnected ? ANSWER_MS : undefined;
  }

  /** What it was doing stops where it is: the calls are another's. */
  #abandon(): void {
    this.#unavailable = NOT_CONNECTED;
    this.#hands.revoke();
    this.#stopChores();
    this.#messageWaiting.stop();
    this.#router.abandon();
  }

  /** Not all daemons at once. */
  async #look(): Promise<number | undefined> {
    if (this.#unavailable !== undefined) return undefined;
    await this.#router.look().catch((error: unknown) => {
      this.#log.warn({ err: error }, 'Could not look who is in the application');
    });
    return this.#unavailable === undefined ? LOOK_MS * (0.9 + 0.2 * Math.random()) : undefined;
  }

  #stopChores(): void {
    const often = [this.#refreshing, this.#recounting, this.#checking, this.#looking, this.#answering];
    for (const chore of often) chore.stop();
  }

  get #isConnected(): boolean {
    return this.#unavailable === undefined || this.#unavailable === RECOVERING;
  }

  #ready(): void {
    this.#unavailable = undefined;
    this.#isReady = true;
    this.#looking.runIn(LOOK_MS);
    this.#listener.onReady();
  }
}
