/** The stage on the fake Asterisk: the router and everything below it, without a network. */
import { CallRouter } from '../../src/call-router.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { APP, FakeAsterisk } from './fake-asterisk.ts';
import type { FakeChannel } from './fake-channel.ts';
import { lengthOf } from './hearing.ts';
import { type Caller, type Sound, type Stage, STORY_SETTINGS, type StoredMessage } from './stage.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';

/** Where no operation is ever answered, each is tried several times. */
const OVER_LIMIT_SECONDS = 180;
/** In which every operation under way is answered. */
const ANSWERED_SECONDS = 0.01;
/** From the end of a key to the next one: a fast finger. */
const BETWEEN_KEYS_MS = 100;

export class FakeStage implements Stage {
  readonly asterisk = new FakeAsterisk();
  readonly log = new DaemonLog();
  readonly router: CallRouter;
  readonly #index = new MessageIndex();

  constructor(settings: NodeJS.ProcessEnv = STORY_SETTINGS) {
    const { config } = loadConfig(settings);
    this.router = new CallRouter({
      ari: this.asterisk,
      app: APP,
      config,
      log: createLog('debug', this.log),
      index: this.#index,
    });
    this.asterisk.onEvent = (event) => this.router.route(event);
  }

  call(mailbox: string): Promise<FakeCaller> {
    return Promise.resolve(new FakeCaller(this.asterisk.dial(mailbox), this.log));
  }

  /** The messages that are counted. */
  get messagesTold(): ReadonlySet<string> {
    return new Set(this.#index.names());
  }

  messages(mailbox: string): Promise<StoredMessage[]> {
    return Promise.resolve(storedMessages(this.asterisk, mailbox));
  }

  /** What must not be there when all calls are over. */
  leftovers(): Record<string, unknown> {
    return {
      calls: this.router.size,
      channels: this.asterisk.channels.size,
      liveRecordings: this.asterisk.liveRecordings,
      ...(this.asterisk.bridges.size > 0 && { bridges: [...this.asterisk.bridges.keys()] }),
    };
  }
}

/** What is stored below `voicemail/<mailbox>`, sorted by name. */
export function storedMessages(asterisk: FakeAsterisk, mailbox: string): StoredMessage[] {
  const names = [...asterisk.stored.keys()].filter((name) => name.startsWith(`voicemail/${mailbox}/`));
  return names.sort().map((name) => {
    const sounds = asterisk.stored.get(name) ?? [];
    return { name, sounds, seconds: lengthOf(sounds) };
  });
}

export class FakeCaller implements Caller {
  readonly channel: FakeChannel;
  /** Of the channel with which the call begins. */
  readonly id: string;
  readonly #log: DaemonLog;

  constructor(channel: FakeChannel, log: DaemonLog) {
    this.channel = channel;
    this.id = channel.id;
    this.#log = log;
  }

  until(message: string, times?: number): Promise<void> {
    return this.#log.until(this.id, message, times);
  }

  say(hz: number, seconds: number, levelDb?: number): Promise<void> {
    this.channel.speak(hz, seconds, levelDb);
    return this.wait(seconds);
  }

  mute(): Promise<void> {
    this.channel.mute();
    return Promise.resolve();
  }

  unmute(): Promise<void> {
    this.channel.unmute();
    return Promise.resolve();
  }

  talkOn(hz: number): Promise<void> {
    this.channel.speak(hz, 3600);
    return Promise.resolve();
  }

  async press(digits: string): Promise<void> {
    for (const [n, digit] of [...digits].entries()) {
      if (n > 0) await this.wait(BETWEEN_KEYS_MS / 1000);
      this.channel.press(digit);
    }
  }

  wait(seconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  hangup(): Promise<void> {
    this.channel.hangup();
    return Promise.resolve();
  }

  gone(): Promise<void> {
    return this.channel.gone;
  }

  async over(): Promise<void> {
    await this.gone();
    await this.#log.until(this.id, 'Call over', 1, OVER_LIMIT_SECONDS);
    // The operation that was given up is answered.
    await this.wait(ANSWERED_SECONDS);
  }

  heard(): Promise<readonly Sound[]> {
    return Promise.resolve(this.channel.heard);
  }

  log(): string[] {
    return this.#log
      .of(this.id)
      .filter((line) => line.level !== 'debug')
      .map((line) => line.msg);
  }
}
