/** The fake stage, with a daemon that can be away: killed and started again, or without a connection for a while. */
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { type RevocablePort, revocablePort } from '../../src/ari/revocable-port.ts';
import { CallRouter } from '../../src/call-router.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { Recovery } from '../../src/recovery.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import type { TakeoverStage } from '../stories/takeover.ts';
import { APP, FakeAsterisk } from './fake-asterisk.ts';
import { FakeCaller, storedMessages } from './fake-stage.ts';
import type { StoredMessage } from './stage.ts';

/** `replaced`: the next daemon has taken over. `disconnected`: no event comes. `cut off`: nothing can be asked, either. */
export type Away = 'killed' | 'replaced' | 'disconnected' | 'cut off';

const GAP_SECONDS = 3;
/** As src/daemon.ts has it. */
const AGAIN_MS = 2_000;

/** Operations and events of one daemon, until it dies: then nothing is answered any more, and nothing logged. */
class Life {
  readonly index = new MessageIndex();
  readonly router: CallRouter;
  readonly #recovery: Recovery;
  #refreshing: Promise<void> = Promise.resolve();
  readonly #hands: RevocablePort;
  #isDead = false;
  #isCutOff = false;

  constructor(asterisk: FakeAsterisk, settings: NodeJS.ProcessEnv, log: DaemonLog) {
    const line = new Proxy<AriPort>(asterisk, {
      get: (target, name: keyof AriPort) => {
        const operations = target as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
        return async (...args: unknown[]) => {
          await Promise.resolve();
          if (this.#isCutOff) throw new AriError('nothing answers');
          return operations[name]?.(...args);
        };
      },
    });
    this.#hands = revocablePort(line);
    const options = {
      ari: this.#hands.port,
      config: loadConfig(settings).config,
      log: createLog('debug', { write: (json) => this.#isDead || log.write(json) }),
      index: this.index,
    };
    this.router = new CallRouter({ ...options, app: APP });
    this.#recovery = new Recovery({ ...options, router: this.router });
  }

  die(): void {
    this.#isDead = true;
    this.#hands.revoke();
  }

  /** As src/daemon.ts does it. */
  letGo(): void {
    this.#hands.revoke();
    this.router.abandon();
  }

  cutOff(): void {
    this.#isCutOff = true;
  }

  /** Resolves when all is read back, however often that has to be tried. */
  connect(asterisk: FakeAsterisk): Promise<void> {
    this.#isCutOff = false;
    this.router.connecting();
    asterisk.onEvent = (event) => this.router.route(event);
    asterisk.isAlone = false;
    this.#refreshing = this.#refreshing.then(() => this.#refresh());
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    for (;;) {
      try {
        const isComplete = await this.#recovery.takeUpCalls();
        if (!isComplete) throw new AriError('a call could not be taken up');
        return await this.#recovery.settleCalls(await this.#recovery.countMessages());
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

export class FakeTakeoverStage implements TakeoverStage {
  readonly asterisk = new FakeAsterisk();
  readonly log = new DaemonLog();
  readonly #settings: NodeJS.ProcessEnv;
  readonly #how: Away;
  #life: Life | undefined;

  get comesBack(): boolean {
    return this.#how === 'disconnected' || this.#how === 'cut off';
  }

  /** A daemon is there once {@link comeBack} was called. */
  constructor(how: Away, settings: NodeJS.ProcessEnv) {
    this.#how = how;
    this.#settings = settings;
  }

  static async start(how: Away, settings: NodeJS.ProcessEnv): Promise<FakeTakeoverStage> {
    const stage = new FakeTakeoverStage(how, settings);
    await stage.comeBack();
    return stage;
  }

  call(mailbox: string): Promise<FakeCaller> {
    return Promise.resolve(new FakeCaller(this.asterisk.dial(mailbox), this.log));
  }

  async away(gap: () => Promise<void>): Promise<void> {
    this.goAway();
    await gap();
    await new Promise((resolve) => setTimeout(resolve, GAP_SECONDS * 1000));
    await this.comeBack();
  }

  /** From now on, nobody is there. */
  goAway(how = this.#how): void {
    this.asterisk.onEvent = () => {};
    this.asterisk.isAlone = true;
    if (how === 'cut off') this.#life?.cutOff();
    if (how === 'disconnected' || how === 'cut off') return this.#life?.router.disconnected();
    if (how === 'killed') this.#life?.die();
    else this.#life?.letGo();
    this.#life = undefined;
  }

  /** Resolves when the daemon, or the next one, has read back all there is. */
  comeBack(): Promise<void> {
    this.#life ??= new Life(this.asterisk, this.#settings, this.log);
    return this.#life.connect(this.asterisk);
  }

  messages(mailbox: string): Promise<StoredMessage[]> {
    return Promise.resolve(storedMessages(this.asterisk, mailbox));
  }

  counted(mailbox: string): Promise<number> {
    return Promise.resolve(this.#life?.index.count(mailbox) ?? NaN);
  }

  /** What must not be there when all calls are over. */
  leftovers(): Record<string, unknown> {
    return {
      calls: this.#life?.router.size,
      channels: this.asterisk.channels.size,
      liveRecordings: this.asterisk.liveRecordings,
      ...(this.asterisk.bridges.size > 0 && { bridges: [...this.asterisk.bridges.keys()] }),
    };
  }
}
