/** What must be undone before the demo ends, in whichever way it ends: last in, first out, each one exactly once. */
export class Cleanups {
  readonly #waiting: (() => Promise<unknown>)[] = [];
  readonly #begun = new AbortController();
  #run: Promise<void> | undefined;

  /** Aborted when the clean-up begins: whatever is still being started may stop. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Adds one; what is added after the clean-up has begun is undone at once. */
  add(cleanup: () => Promise<unknown>): void {
    this.#waiting.push(cleanup);
    if (this.#run) this.#run = this.#run.then(() => this.#all());
  }

  /** Runs all of them, even if one fails; resolves when all are done. Safe to call again. */
  async run(): Promise<void> {
    this.#begun.abort();
    this.#run ??= this.#all();
    await this.#run;
  }

  async #all(): Promise<void> {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      await next().catch((error: unknown) => process.stderr.write(`while cleaning up: ${String(error)}\n`));
    }
  }
}
