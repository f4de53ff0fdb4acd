/** Work that is done one at a time, and again after a pause of its own choosing. */
export class Chore {
  readonly #work: () => Promise<number | undefined>;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param work never rejects; answers how many ms later it is to be done again, and undefined if not by itself. Once
   *   it is not wanted any more, that is what it has to answer
   */
  constructor(work: () => Promise<number | undefined>) {
    this.#work = work;
  }

  /** Does it now, or when what is under way has ended; resolves when it is done. */
  run(): Promise<void> {
    this.stop();
    this.#turn = this.#turn.then(async () => {
      // Of the time before, which may have ended only now.
      this.stop();
      const pauseMs = await this.#work();
      if (pauseMs !== undefined) this.runIn(pauseMs);
    });
    return this.#turn;
  }

  /** Does it later, once. */
  runIn(pauseMs: number): void {
    this.stop();
    this.#timer = setTimeout(() => void this.run(), pauseMs);
  }

  /** What is under way goes on, and is not waited for. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Resolves when nothing is under way. */
  get idle(): Promise<void> {
    return this.#turn;
  }
}
