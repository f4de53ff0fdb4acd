/**
 * What a call has besides the caller's channel when its dialplan says whom to ring: the phones' legs, the bridge in
 * which caller and owner talk, and what is recorded of it.
 */
import { isGone } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import { CallBridge } from './call-bridge.ts';
import { CallLegs, type CallLegsOptions } from './call-legs.ts';
import { ConversationRecordings, type ConversationRecordingsOptions } from './conversation-recordings.ts';
import type { DialPlan } from './dial-plan.ts';
import { ONCE_MORE, retry } from './retry.ts';
import type { Standing } from './standing.ts';

export interface ConversationOptions extends CallLegsOptions, Omit<ConversationRecordingsOptions, 'source'> {
  readonly ari: AriPort;
  readonly plan: DialPlan;
}

/** Where an earlier daemon has left it. `over`: they have talked, and the owner is gone. */
export type FoundConversation = 'talking' | 'over' | 'answered' | 'ringing' | 'nobody';

export class Conversation {
  readonly plan: DialPlan;
  readonly legs: CallLegs;
  readonly bridge: CallBridge;
  readonly recordings: ConversationRecordings;
  readonly #options: ConversationOptions;
  #rung: Promise<void> = Promise.resolve();

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.legs = new CallLegs(options);
    this.bridge = new CallBridge(options.ari, options.origin.channel.id, options.channel, options.log);
    this.recordings = new ConversationRecordings({ ...options, source: this.bridge });
  }

  /** Rings the phones, and lets the caller hear it. Does not wait. */
  dial(): void {
    const { channel, log } = this.#options;
    this.legs.dial(this.plan);
    this.#rung = channel.ring().catch((error: unknown) => {
      if (!isGone(error)) log().warn({ err: error }, 'The caller does not hear ringing');
    });
  }

  /**
   * Answers the caller's channel, which hears no ringing any more.
   * @throws AriError if that was not possible
   */
  async answer(): Promise<void> {
    // What rings after it was answered would go on ringing in the caller's ear.
    await this.#rung;
    await retry(() => this.#options.channel.answer(), ONCE_MORE);
  }

  /** Ends the talk: the owner is being hung up, what is being recorded is kept, the bridge is gone. Never rejects. */
  async close(on: string): Promise<void> {
    this.legs.release();
    await this.recordings.stop(on);
    await this.bridge.destroy();
    // Whatever went on being recorded has ended with the bridge.
    await this.recordings.settle(on);
  }

  /** The same, and nothing of it is left: no leg, and nothing that was thrown away. Never rejects. */
  async end(on: string): Promise<void> {
    await this.close(on);
    await this.recordings.deleted();
    await this.legs.ended();
  }

  /** From now on, until {@link find}, nothing is decided: an earlier daemon has begun it. */
  finding(): void {
    this.legs.finding(this.plan);
    this.bridge.finding();
  }

  /**
   * Finds out where an earlier daemon has left it.
   * @param standing what that daemon has noted, if it had the time
   * @throws AriError if Asterisk does not say; then it is to be called again
   */
  async find(standing: Standing | undefined): Promise<FoundConversation> {
    const inBridge = await this.#othersInBridge();
    // If what follows fails, they are found already.
    if (this.legs.owner === undefined) await this.legs.find(inBridge);
    if (standing?.reason === 'conversation') {
      await this.recordings.find(standing);
      return this.legs.owner === undefined ? 'over' : 'talking';
    }
    if (this.legs.owner !== undefined) return 'answered';
    return this.legs.ringing > 0 ? 'ringing' : 'nobody';
  }

  /**
   * To be called after the connection was lost: finds who has come, or gone, meanwhile.
   * @throws AriError if Asterisk does not say
   */
  async catchUp(): Promise<void> {
    const isBridged = this.legs.owner !== undefined && this.bridge.exists;
    await this.legs.catchUp(isBridged ? await this.#othersInBridge() : []);
  }

  /**
   * The caller's channel in the bridge: another, if one has taken its place while nobody was told; nothing if the caller
   * has left.
   * @throws AriError if Asterisk does not say
   */
  async findCaller(): Promise<string | undefined> {
    const inBridge = this.bridge.exists ? await this.bridge.find() : [];
    const { id } = this.#options.channel;
    if (inBridge.includes(id)) return id;
    // If both have been replaced, nobody can say who is who.
    return inBridge.find((other) => other !== this.legs.owner);
  }

  async #othersInBridge(): Promise<string[]> {
    return (await this.bridge.find()).filter((id) => id !== this.#options.channel.id);
  }
}
