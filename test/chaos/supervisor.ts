/** The daemon as its supervisor runs it: started again when it ends, killed, or succeeded by another process. */
import { setTimeout as delay } from 'node:timers/promises';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { type DaemonProcess, startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';

/** SIGTERM ends the daemon within this. */
const STOP_MS = 2_000;
/** A start may meet faults, too. */
const MOST_STARTS = 30;
const START_AGAIN_MS = 500;

interface Running {
  readonly daemon: DaemonProcess;
  readonly pid: number;
  /** It was told to end. */
  dismissed: boolean;
  /** How many lines of the log are older. */
  readonly linesBefore: number;
}

export class Supervisor {
  /** Of all processes. */
  readonly log = new DaemonLog();
  /** What a daemon must not do. */
  readonly problems: string[] = [];
  /** How often a daemon has got its connection, at its start or again. */
  connects = 0;
  readonly #settings: Readonly<Record<string, string>>;
  #current: Promise<Running>;
  #stopped: Promise<void> | undefined;

  constructor(settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
    this.#current = this.#start();
    this.#current.catch(() => {}); // told to whoever waits for it
  }

  /** The pid of the daemon, once it waits for calls. */
  async pid(): Promise<number> {
    return (await this.#current).pid;
  }

  /** Kills the daemon, and starts another after `ms`. */
  async kill(ms: number): Promise<void> {
    const running = await this.#current;
    running.dismissed = true;
    process.kill(running.pid, 'SIGKILL');
    await running.daemon.exited;
    await delay(ms);
    this.#current = this.#start();
    await this.#current;
  }

  /** Starts another beside the daemon, which is stopped as soon as the other is ready. */
  async succeed(): Promise<void> {
    const before = await this.#current;
    before.dismissed = true;
    const successor = await this.#start().finally(() => this.#stop(before));
    this.#current = Promise.resolve(successor);
  }

  /** Resolves when the daemon has ended. Safe to call again. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stopLast());
  }

  async #stopLast(): Promise<void> {
    const running = await this.#current;
    running.dismissed = true;
    await this.#stop(running);
    const calls = this.log.lines.findLast(({ msg }) => msg === 'Stopping')?.calls;
    if (calls !== 0) {
      const lines = this.log.lines.slice(running.linesBefore);
      const over = new Set(lines.flatMap(({ msg, channel }) => (msg === 'Call over' ? [channel] : [])));
      const open = new Set(lines.flatMap(({ channel = '' }) => (over.has(channel) ? [] : [channel])));
      this.problems.push(`the daemon ended with ${String(calls)} calls in progress: ${[...open].join(' ')}`);
    }
  }

  async #stop({ daemon }: Running): Promise<void> {
    const begun = performance.now();
    const { status, stderr } = await daemon.stop();
    const ms = Math.round(performance.now() - begun);
    if (status !== 0 || stderr !== '' || ms > STOP_MS) {
      this.problems.push(`the daemon ended with status ${status}, ${ms} ms after SIGTERM: ${stderr}`);
    }
  }

  async #start(): Promise<Running> {
    for (let attempt = 1; ; attempt++) {
      let pid = 0;
      const linesBefore = this.log.lines.length;
      const daemon = startDaemonProcess(this.#settings, (json) => {
        this.log.write(json);
        const line = this.log.lines.at(-1);
        if (line?.msg === 'Waiting for calls') pid = Number(line.pid);
        if (line?.msg === 'Waiting for calls' || line?.msg === 'Connected to Asterisk again') this.connects++;
      });
      try {
        await daemon.ready;
        const running = { daemon, pid, dismissed: false, linesBefore };
        void daemon.exited.then((exit) => {
          if (running.dismissed) return;
          this.problems.push(`the daemon ended by itself, with status ${exit.status}: ${exit.stderr}`);
          this.#current = this.#start();
          this.#current.catch(() => {});
        });
        return running;
      } catch (error) {
        await daemon.stop();
        if (attempt === MOST_STARTS) throw error;
        await delay(START_AGAIN_MS);
      }
    }
  }
}
