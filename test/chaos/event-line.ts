/** The events' WebSocket on its way through the proxy: raw bytes, which can be cut off, held back, or lost. */
import { connect, type Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** For so long Asterisk goes on believing in a line that is dead; it finds out in the end. */
const DEAD_MS = 8_000;

export class EventLine {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: 'open' | 'stalled' | 'frozen' | 'cut' = 'open';
  #held: (() => void)[] = [];

  /**
   * @param request the daemon's request to upgrade, already read from the socket `near`
   * @param head what came behind it
   * @param onClose called when both ends are closed
   */
  constructor(request: IncomingMessage, near: Socket, head: Buffer, farPort: number, onClose: () => void) {
    this.#near = near;
    this.#far = connect(farPort, '127.0.0.1');
    const ends = [near, this.#far];
    let open = ends.length;
    for (const [n, end] of ends.entries()) {
      const other = ends[1 - n];
      end.on('error', () => {}).setNoDelay(true);
      end.on('data', (chunk: Buffer) => this.#pass(() => void other?.write(chunk)));
      end.on('close', () => {
        if (--open === 0) onClose();
        // Nobody at the other end of a dead line hears that this end is closed.
        if (this.#state === 'frozen') this.#after(DEAD_MS, () => other?.destroy());
        else other?.destroy();
      });
    }
    const headers = request.rawHeaders.map((text, n) => (n % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    this.#far.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
    this.#far.write(head);
  }

  /** Both ends are told at once. */
  cut(): void {
    this.#state = 'cut';
    for (const timer of this.#timers) clearTimeout(timer);
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  /** From now on whatever is sent is lost, and nobody is told: both sockets stay open. */
  freeze(): void {
    this.#state = 'frozen';
    this.#held = [];
  }

  /** Whatever is sent in the next `ms` arrives after them. */
  stall(ms: number): void {
    if (this.#state !== 'open') return;
    this.#state = 'stalled';
    this.#after(ms, () => {
      if (this.#state !== 'stalled') return;
      this.#state = 'open';
      for (const pass of this.#held.splice(0)) pass();
    });
  }

  #pass(write: () => void): void {
    if (this.#state === 'open') write();
    else if (this.#state === 'stalled') this.#held.push(write);
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
