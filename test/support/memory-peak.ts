/** How much memory buffers take at most while something goes on: what a test asserts, and prints. */

export const MiB = 2 ** 20;

export class MemoryPeak {
  readonly #what: string;
  readonly #before = process.memoryUsage();
  #bytes = 0;
  #rss = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** To be called again and again. */
  look(): void {
    const { arrayBuffers, rss } = process.memoryUsage();
    this.#bytes = Math.max(this.#bytes, arrayBuffers - this.#before.arrayBuffers);
    this.#rss = Math.max(this.#rss, rss - this.#before.rss);
  }

  /** The most that buffers took beside what they took before; printed, with the growth of the process. */
  get bytes(): number {
    const inMiB = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`;
    process.stderr.write(`${this.#what}: buffers +${inMiB(this.#bytes)}, RSS +${inMiB(this.#rss)}\n`);
    return this.#bytes;
  }
}
