/** The real stage, with a daemon that can be away: killed, stopped, cut off, or replaced by a successor. */
import { expect } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { type DaemonProcess, startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import type { TakeoverStage } from '../stories/takeover.ts';
import { Conversations } from './conversations.ts';
import { type Line, startLine } from './line.ts';
import { RealCaller } from './real-caller.ts';
import { daemonSettings, storedMessages } from './real-stage.ts';
import type { StoredMessage } from './stage.ts';

export type Away = 'kill -9' | 'SIGTERM' | 'a closed socket' | 'a successor';

const RECONNECT_LIMIT = { timeout: 10_000 };

export class RealTakeoverStage implements TakeoverStage {
  readonly log = new DaemonLog();
  readonly conversations: Conversations;
  readonly #sandbox: Sandbox;
  readonly #callers: Callers;
  readonly #line: Line;
  readonly #settings: Record<string, string>;
  readonly #how: Away;
  #daemon: DaemonProcess;

  private constructor(
    how: Away,
    sandbox: Sandbox,
    callers: Callers,
    line: Line,
    settings: Record<string, string>,
  ) {
    this.#how = how;
    this.#sandbox = sandbox;
    this.#callers = callers;
    this.conversations = new Conversations(sandbox, callers, this.log);
    this.#line = line;
    this.#settings = { ...daemonSettings(sandbox), ...settings, ARI_URL: line.url };
    this.#daemon = this.#startDaemon();
  }

  static async start(
    how: Away,
    sandbox: Sandbox,
    settings: Record<string, string>,
  ): Promise<RealTakeoverStage> {
    const callers = await connectCallers(sandbox);
    const stage = new RealTakeoverStage(how, sandbox, callers, await startLine(sandbox.ari.url), settings);
    await stage.#daemon.ready;
    return stage;
  }

  get comesBack(): boolean {
    return this.#how === 'a closed socket';
  }

  async call(mailbox: string): Promise<RealCaller> {
    return new RealCaller(await this.#callers.call({ extension: mailbox }), '', this.log);
  }

  async away(gap: () => Promise<void>): Promise<void> {
    switch (this.#how) {
      case 'kill -9':
        await this.#daemon.kill();
        return this.#comeBack(gap);
      case 'SIGTERM': {
        const began = Date.now();
        expect((await this.#daemon.stop()).status).toBe(0);
        expect(Date.now() - began).toBeLessThan(2_000);
        return this.#comeBack(gap);
      }
      case 'a closed socket':
        this.#line.down();
        await gap();
        this.#line.up();
        await expect
          .poll(() => this.log.lines.map(({ msg }) => msg), RECONNECT_LIMIT)
          .toContain('Connected to Asterisk again');
        return;
      case 'a successor': {
        const predecessor = this.#daemon;
        this.#daemon = this.#startDaemon();
        await Promise.all([this.#daemon.ready, gap()]);
        expect((await predecessor.stop()).status).toBe(0);
      }
    }
  }

  async #comeBack(gap: () => Promise<void>): Promise<void> {
    await gap();
    this.#daemon = this.#startDaemon();
    await this.#daemon.ready;
  }

  #startDaemon(): DaemonProcess {
    return startDaemonProcess(this.#settings, (json) => this.log.write(json));
  }

  messages(mailbox: string): Promise<StoredMessage[]> {
    return storedMessages(this.#sandbox, mailbox);
  }

  async counted(mailbox: string): Promise<number> {
    const published = () =>
      this.log.lines.findLast(
        ({ msg, mailbox: of }) => msg === 'Message waiting published' && of === mailbox,
      )?.['newMessages'];
    await expect.poll(published, { timeout: 5_000 }).toBeDefined();
    return Number(published());
  }

  /** Stops what was started, and answers with the daemon's exit status. */
  async stop(): Promise<number | null> {
    await this.#callers.close();
    const { status } = await this.#daemon.stop();
    this.#line.close();
    return status;
  }
}
