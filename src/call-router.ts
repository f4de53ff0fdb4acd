/**
 * The router: hands each ARI event to the call that it concerns. One subscription for all calls, because
 * ari-client's listeners per resource are looked through one by one at every event.
 */
import type { AriEvent, AriPort, Channel } from './ari/ari-port.ts';
import { VoiceMailCall } from './call/voice-mail-call.ts';
import type { MessageCount } from './call/stored-recordings.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { isMailbox, messageId, recordingName } from './mailbox/names.ts';

export class CallRouter {
  readonly #ari: AriPort;
  readonly #config: Config;
  readonly #log: Logger;
  readonly #index: MessageCount;
  /** The names of the first takes of all calls in progress. */
  readonly #names = new Set<string>();
  readonly #calls = new Map<string, VoiceMailCall>();

  constructor(ari: AriPort, config: Config, log: Logger, index: MessageCount) {
    this.#index = index;
    this.#ari = ari;
    this.#config = config;
    this.#log = log;
  }

  /** The number of calls in progress. */
  get size(): number {
    return this.#calls.size;
  }

  /** Whether a recording is a take of a call that is not over: nobody knows yet whether it will be a message. */
  isInProgress(recording: string): boolean {
    return this.#names.has(recording) || this.#names.has(recording.replace(/-\d+$/, ''));
  }

  /** Takes any event. Those of channels that are no call of ours, or not any more, are dropped. */
  route(event: AriEvent): void {
    if (event.type === 'StasisStart') this.#stasisStart(event.channel, event.args);
    else this.#calls.get(channelIdOf(event))?.deliver(event);
  }

  /** `Stasis(vm-record,<mailbox>)`. The tutorial's dialplan has a blank before the mailbox. */
  #stasisStart(channel: Channel, args: readonly string[]): void {
    const argument = args[0]?.trim();
    const mailbox = this.#exists(argument) ? argument : undefined;
    if (mailbox === undefined) {
      this.#log.warn(
        { channel: channel.id, mailbox: null, state: 'answering', argument: args[0]?.slice(0, 80) },
        'Refusing a call: a mailbox is 1 to 32 of A-Z a-z 0-9 _ -, and one of VM_MAILBOXES if that is set',
      );
    }
    const name = recordingName(mailbox ?? '', messageId(channel), 1);
    const call = new VoiceMailCall({
      ari: this.#ari,
      config: this.#config,
      log: this.#log,
      channel,
      mailbox,
      index: this.#index,
      onDone: () => {
        // The channel may have come again meanwhile, and be another call.
        if (this.#calls.get(channel.id) === call) {
          this.#calls.delete(channel.id);
          this.#names.delete(name);
        }
        call.log.debug({ calls: this.#calls.size }, 'Call over');
      },
    });
    this.#calls.set(channel.id, call);
    this.#names.add(name);
    call.start();
  }

  #exists(mailbox: string | undefined): mailbox is string {
    const { mailboxes } = this.#config;
    return isMailbox(mailbox) && (mailboxes.size === 0 || mailboxes.has(mailbox));
  }
}

/** Playbacks and recordings say whose they are in `target_uri`: `channel:<id>`. */
function channelIdOf(event: Exclude<AriEvent, { type: 'StasisStart' }>): string {
  if ('channel' in event) return event.channel.id;
  const { target_uri } = 'playback' in event ? event.playback : event.recording;
  return target_uri.replace(/^channel:/, '');
}
