/** A fake Asterisk and a daemon connected to it, each in a process of its own; and what the daemon costs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { freePort } from '../../../asterisk/sandbox/ports.ts';
import { type Child, startChild } from './child.ts';
import type { Memory, Probe } from './probe.ts';
import type { FakeServer } from './server.ts';

const PROBE = new URL('probe.ts', import.meta.url).href;
const EXAMPLE = fileURLToPath(new URL('../../../.env.example', import.meta.url));

/** From what Asterisk answers to "Waiting for calls", in ms. */
export interface Start {
  /** From its first answer of all. */
  readonly sinceAnswer: number;
  /** From the end of its list of all messages. */
  readonly sinceList: number;
}

export class Rig {
  readonly server: Child<FakeServer>;
  readonly daemon: Child<Probe>;
  readonly start: Start;
  readonly #trouble: readonly string[];

  private constructor(
    server: Child<FakeServer>,
    daemon: Child<Probe>,
    start: Start,
    trouble: readonly string[],
  ) {
    this.server = server;
    this.daemon = daemon;
    this.start = start;
    this.#trouble = trouble;
  }

  /**
   * Resolves when the daemon waits for calls. All features are on, but prompts, which say nothing here.
   * @param messages how many there are from the beginning, in a thousand mailboxes
   * @param nodeArgs for the daemon's Node, to profile it
   */
  static async start(messages: number, nodeArgs: readonly string[] = []): Promise<Rig> {
    const server = startChild<FakeServer>('test/bench/fake/server.ts', { args: [String(messages)] });
    let daemon: Child<Probe> | undefined;
    try {
      const url = await server.ask('url');
      const { onOutput, ready, trouble } = readLog();
      daemon = startChild<Probe>('src/main.ts', {
        args: ['vm-record'],
        nodeArgs: ['--import', PROBE, ...nodeArgs],
        env: await settings(url),
        onOutput,
      });
      const readyAt = await Promise.race([ready, daemon.ended]);
      if (typeof readyAt !== 'number') throw new Error(`the daemon has ended: ${trouble.join('\n')}`);
      const { answeredAt, listedAt } = await server.ask('marks');
      const start = { sinceAnswer: readyAt - answeredAt, sinceList: readyAt - listedAt };
      return new Rig(server, daemon, start, trouble);
    } catch (error) {
      await Promise.all([server.stop(), daemon?.stop()]);
      throw error;
    }
  }

  memory(): Promise<Memory> {
    return this.daemon.ask('memory');
  }

  /** CPU of the daemon, in microseconds, until `work` is done. */
  async cpuOf(work: () => Promise<unknown>): Promise<number> {
    const before = await this.daemon.ask('cpu');
    await work();
    return (await this.daemon.ask('cpu')) - before;
  }

  /** CPU of the daemon for each of so many whole calls, in ms. @throws Error if a message was not accepted */
  async callCpu(calls: number, rate: number): Promise<number> {
    let accepted = 0;
    const cpu = await this.cpuOf(async () => (accepted = await this.server.ask('wholeCalls', calls, rate)));
    if (accepted !== calls) throw new Error(`of ${calls} messages ${accepted} were accepted`);
    return cpu / calls / 1_000;
  }

  /** @throws Error if the daemon has complained of something: then what was measured is something else */
  check(): void {
    if (this.#trouble.length > 0)
      throw new Error(`the daemon complains: ${this.#trouble.slice(0, 3).join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.server.stop(), this.daemon.stop()]);
  }
}

async function settings(url: string): Promise<Record<string, string>> {
  // An empty variable counts as not set, and keeps dotenv from setting it.
  const names = Object.keys(dotenv.parse(readFileSync(EXAMPLE)));
  const unset = Object.fromEntries(names.map((name) => [name, '']));
  const port = String(await freePort('tcp', undefined, ''));
  // Nothing is too short: callers say one word, and press a key.
  const own = {
    ARI_URL: url,
    ARI_PASSWORD: 'bench',
    LOG_LEVEL: 'info',
    VM_PROMPTS: 'off',
    VM_MWI: 'mailboxes',
    VM_MIN_SECONDS: '0',
    VM_MAX_MESSAGES: '0',
  };
  return { ...unset, ...own, VM_HEALTH_PORT: port };
}

/** Only what is looked for is read: the bench is not to be the slowest. */
function readLog() {
  const trouble: string[] = [];
  let rest = '';
  let onReady: (at: number) => void = () => {};
  const ready = new Promise<number>((resolve) => (onReady = resolve));
  const onOutput = (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.includes('"Waiting for calls"')) onReady(performance.timeOrigin + performance.now());
      if (/"level":"(?:warn|error|fatal)"/.test(line)) trouble.push(line);
    }
  };
  return { onOutput, ready, trouble };
}
