/** One thing at a time: jobs run in order, each to its end before the next begins. */
export class SerialQueue {
  #waiting: (() => Promise<void>)[] = [];
  #running = false;

  /** Adds a job. It must not reject: what goes wrong in it is its own business. */
  push(job: () => Promise<void>): void {
    this.#waiting.push(job);
    if (!this.#running) void this.#run();
  }

  /** Drops the jobs that have not begun. */
  clear(): void {
    this.#waiting = [];
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) await job();
    this.#running = false;
  }
}
