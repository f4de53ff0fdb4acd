/**
 * The router: hands each ARI event to the call that it concerns. One subscription for all calls, because
 * ari-client's listeners per resource are looked through one by one at every event.
 */
import type { AriEvent, AriPort, Channel } from './ari/ari-port.ts';
import { isGone } from './ari/ari-error.ts';
import { retry } from './call/retry.ts';
import { VoiceMailCall } from './call/voice-mail-call.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { isMailbox } from './mailbox/names.ts';

export class CallRouter {
  readonly #ari: AriPort;
  readonly #config: Config;
  readonly #log: Logger;
  readonly #calls = new Map<string, VoiceMailCall>();

  constructor(ari: AriPort, config: Config, log: Logger) {
    this.#ari = ari;
    this.#config = config;
    this.#log = log;
  }

  /** The number of calls in progress. */
  get size(): number {
    return this.#calls.size;
  }

  /** Takes any event. Those of channels that are no call of ours, or not any more, are dropped. */
  route(event: AriEvent): void {
    if (event.type === 'StasisStart') this.#stasisStart(event.channel, event.args);
    else this.#calls.get(channelIdOf(event))?.deliver(event);
  }

  /** `Stasis(vm-record,<mailbox>)`. The tutorial's dialplan has a blank before the mailbox. */
  #stasisStart(channel: Channel, args: readonly string[]): void {
    const mailbox = args[0]?.trim();
    if (!isMailbox(mailbox)) {
      this.#log.warn(
        { channel: channel.id, argument: args[0]?.slice(0, 80) },
        'Refusing a call: a mailbox is 1 to 32 of A-Z a-z 0-9 _ -',
      );
      void this.#refuse(channel);
      return;
    }
    const call = new VoiceMailCall({
      ari: this.#ari,
      config: this.#config,
      log: this.#log,
      channel,
      mailbox,
      onDone: () => this.#over(channel),
    });
    this.#calls.set(channel.id, call);
    call.start();
  }

  #over(channel: Channel): void {
    this.#calls.delete(channel.id);
    this.#log.debug({ channel: channel.id, calls: this.#calls.size }, 'Call over');
  }

  async #refuse(channel: Channel): Promise<void> {
    try {
      await retry(() => this.#ari.hangup(channel.id));
    } catch (error) {
      if (!isGone(error)) this.#log.error({ channel: channel.id, err: error }, 'Could not hang up');
    }
  }
}

/** Playbacks and recordings say whose they are in `target_uri`: `channel:<id>`. */
function channelIdOf(event: Exclude<AriEvent, { type: 'StasisStart' }>): string {
  if ('channel' in event) return event.channel.id;
  const { target_uri } = 'playback' in event ? event.playback : event.recording;
  return target_uri.replace(/^channel:/, '');
}
