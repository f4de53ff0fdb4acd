/**
 * Tells systemd how the process is: that it is ready, what it does, that it is alive, that it stops. Node can not
 * write to systemd's datagram socket, so each message is a run of `systemd-notify`.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import type { Logger } from './log.ts';

/** systemd-notify waits at most 5 s for systemd; after this many ms it is killed. */
const CHILD_LIMIT_MS = 10_000;
/** Longest that a stop waits until systemd knows of it, in ms. */
const STOP_LIMIT_MS = 1_000;

/** What the process knows of itself. */
export interface ServiceProcess {
  /** Its environment. Without systemd's `NOTIFY_SOCKET` nothing is told to anybody. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

/** The process as systemd sees it. A message that can not be told is one warning in the log, and no error. */
export class ServiceManager {
  readonly #env: ServiceProcess['env'];
  readonly #log: Logger;
  /** Time between two feeds in ms; undefined = there is no watchdog to feed. */
  readonly #feedEvery: number | undefined;
  #isHealthy = () => false;
  #feeding: NodeJS.Timeout | undefined;
  #feedDue = false;
  /** What is not told yet, by variable: of two values only the later is worth telling. */
  readonly #untold = new Map<string, string>();
  #child: ChildProcess | undefined;
  #failing = false;
  #stopped = false;
  #onIdle = () => {};

  constructor({ env, pid }: ServiceProcess, log: Logger) {
    this.#env = env;
    this.#log = log;
    this.#feedEvery = feedEvery(env, pid);
  }

  /** What the process does, in one short line, for `systemctl status`. */
  status(text: string): void {
    this.#tell('STATUS', text);
  }

  /**
   * The process does its work from now on. The watchdog, if the unit has one, is fed while `isHealthy` says so, and
   * kills the process when it is not fed in time.
   */
  ready(isHealthy: () => boolean): void {
    this.#isHealthy = isHealthy;
    this.#tell('READY', '1');
    if (!this.#isManaged || this.#stopped || this.#feedEvery === undefined) return;
    // A timer, and not the end of the previous run, so that a process that hangs feeds nothing.
    this.#feeding ??= setInterval(() => {
      this.#feedDue = true;
      this.#send();
    }, this.#feedEvery);
  }

  /** The last message: the process stops. Resolves when systemd knows, or after a second; leaves nothing running. */
  async stopping(): Promise<void> {
    clearInterval(this.#feeding);
    this.#tell('STOPPING', '1');
    this.#stopped = true;
    if (!this.#child) return;
    const limit = setTimeout(() => {
      this.#untold.clear();
      this.#child?.kill('SIGKILL');
    }, STOP_LIMIT_MS);
    await new Promise<void>((resolve) => (this.#onIdle = resolve));
    clearTimeout(limit);
  }

  get #isManaged(): boolean {
    return Boolean(this.#env['NOTIFY_SOCKET']);
  }

  #tell(variable: string, value: string): void {
    if (!this.#isManaged || this.#stopped) return;
    this.#untold.set(variable, value);
    this.#send();
  }

  /** One run at a time: what comes meanwhile goes together into the next one. */
  #send(): void {
    if (this.#child) return;
    const message = new Map(this.#untold);
    // Asked only now: what was healthy when the feed was due may not be so any more.
    if (this.#feedDue && this.#isHealthy()) message.set('WATCHDOG', '1');
    this.#feedDue = false;
    this.#untold.clear();
    if (message.size === 0) {
      this.#onIdle();
      return;
    }
    this.#run(message, (error) => {
      this.#child = undefined;
      const isMoreToTell = this.#untold.size > 0 || this.#feedDue;
      if (error) this.#failed(error, message);
      else this.#failing = false;
      // What failed is told again together with the next message, and not at once and for ever.
      if (isMoreToTell) this.#send();
      else this.#onIdle();
    });
  }

  #run(message: ReadonlyMap<string, string>, onEnd: (error: Error | null) => void): void {
    const { NOTIFY_SOCKET, PATH } = this.#env;
    const args = [...message].map(([variable, value]) => `${variable}=${value}`);
    const limits = { timeout: CHILD_LIMIT_MS, killSignal: 'SIGKILL' } as const;
    try {
      // No other variable is its business, the password least of all.
      this.#child = execFile('systemd-notify', args, { ...limits, env: { NOTIFY_SOCKET, PATH } }, onEnd);
    } catch (error) {
      // For want of memory, for example: a start that fails in other ways is told to onEnd.
      onEnd(error as Error);
    }
  }

  #failed(error: Error, message: ReadonlyMap<string, string>): void {
    if (!this.#failing) this.#log.warn({ err: error }, 'Could not tell systemd');
    this.#failing = true;
    for (const [variable, value] of message) {
      if (variable !== 'WATCHDOG' && !this.#untold.has(variable)) this.#untold.set(variable, value);
    }
  }
}

/** Half of the time that systemd allows, as its manual recommends. */
function feedEvery(env: ServiceProcess['env'], pid: number): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = env;
  if (WATCHDOG_PID && Number(WATCHDOG_PID) !== pid) return undefined;
  const limit = Number(WATCHDOG_USEC) / 1000;
  return limit > 0 ? limit / 2 : undefined;
}
