/**
 * The calls in progress, by their channels: the one with which a call began, by whose id its recordings, legs and
 * bridge are known for its whole life, and all that have become the caller's or the owner's since.
 */
import type { VoiceMailCall } from './call/voice-mail-call.ts';

export class Calls {
  readonly #channels = new Map<VoiceMailCall, Set<string>>();
  readonly #byChannel = new Map<string, VoiceMailCall>();

  /** The number of calls. */
  get size(): number {
    return this.#channels.size;
  }

  [Symbol.iterator](): Iterator<VoiceMailCall> {
    return this.#channels.keys();
  }

  of(channelId: string): VoiceMailCall | undefined {
    return this.#byChannel.get(channelId);
  }

  /** How many messages calls may leave in a mailbox, beside those that are counted. */
  reservedIn(mailbox: string): number {
    let messages = 0;
    for (const { message } of this.#channels.keys()) messages += message.reservedIn(mailbox);
    return messages;
  }

  /** This channel is the call's from now on. */
  add(call: VoiceMailCall, channelId: string): void {
    const channels = this.#channels.get(call) ?? new Set();
    this.#channels.set(call, channels.add(channelId));
    this.#byChannel.set(channelId, call);
  }

  /** The call is over. A channel that has come again meanwhile is another call's. */
  remove(call: VoiceMailCall): void {
    for (const id of this.#channels.get(call) ?? []) {
      if (this.#byChannel.get(id) === call) this.#byChannel.delete(id);
    }
    this.#channels.delete(call);
  }
}
