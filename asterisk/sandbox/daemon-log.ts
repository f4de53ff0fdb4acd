/** The daemon's log as the demo and the tests read it: lines by call, and a wait for a line. */

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly channel?: string;
  readonly [field: string]: unknown;
}

interface Waiter {
  readonly channel: string;
  readonly msg: string;
  times: number;
  resolve(): void;
}

export class DaemonLog {
  readonly lines: LogLine[] = [];
  readonly #waiters = new Set<Waiter>();

  /** Takes a line of JSON, as pino writes it. */
  write(json: string): void {
    const line = JSON.parse(json) as LogLine;
    this.lines.push(line);
    for (const waiter of this.#waiters) {
      if (line.channel !== waiter.channel || line.msg !== waiter.msg || --waiter.times > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  of(channel: string): LogLine[] {
    return this.lines.filter((line) => line.channel === channel);
  }

  /** Resolves when the line has been written for the `times`-th time; rejects after `limitSeconds`. */
  until(channel: string, msg: string, times = 1, limitSeconds = 30): Promise<void> {
    const missing = times - this.of(channel).filter((line) => line.msg === msg).length;
    if (missing <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#waiters.delete(waiter);
        const said = this.of(channel).map((line) => JSON.stringify(line));
        reject(new Error(`never logged: ${msg} (${missing} more)\n${said.join('\n')}`));
      }, limitSeconds * 1000);
      const waiter = { channel, msg, times: missing, resolve: () => (clearTimeout(limit), resolve()) };
      this.#waiters.add(waiter);
    });
  }
}
