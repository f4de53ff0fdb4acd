/**
 * The phones that a call rings: its legs, of which the first to answer is the owner's. Whatever becomes of them,
 * none is left ringing, and none in Stasis: each that is not wanted any more is hung up, and that is insisted on.
 */
import { AriError } from '../ari/ari-error.ts';
import type { AriPort } from '../ari/ari-port.ts';
import type { Logger } from '../log.ts';
import type { CallChannel } from './call-channel.ts';
import type { CallOrigin } from './call-origin.ts';
import { legArguments, legId } from './conversation-ids.ts';
import type { DialPlan } from './dial-plan.ts';
import { insist, ONCE_MORE, retry, unlessGone } from './retry.ts';

export interface CallLegsOptions {
  readonly ari: AriPort;
  /** Name of the Stasis application. */
  readonly app: string;
  readonly origin: CallOrigin;
  readonly channel: CallChannel;
  readonly log: () => Logger;
  /** Told when a leg that was ringing, or the owner's, is there no more. */
  readonly onLeft: () => void;
  /** Told of a channel that has turned out to be the owner's. */
  readonly onFound: (channelId: string) => void;
}

/** Somebody who has answered. */
interface Answer {
  readonly legId: string;
  /** Another than the leg's if somebody has picked the call up, or it was transferred. */
  readonly channelId: string;
}

/** Hangup cause: answered elsewhere. */
const PICKED_UP = 26;

export class CallLegs {
  readonly #options: CallLegsOptions;
  readonly #ringing = new Set<string>();
  /** Legs that somebody has picked up, who will answer on another channel in a moment. */
  readonly #pickedUp = new Set<string>();
  /** Requests to Asterisk to ring, by leg, until they are answered. */
  readonly #dialling = new Map<string, Promise<void>>();
  /** Legs that are gone for certain. */
  readonly #gone = new Set<string>();
  readonly #hangups = new Map<string, Promise<void>>();
  #owner: string | undefined;
  /** Who has answered while it is being found out which legs there are. */
  #answeredEarly: Answer[] | undefined;

  constructor(options: CallLegsOptions) {
    this.#options = options;
  }

  /** The channel of the phone that was answered first, or of who has taken its place, as long as it is there. */
  get owner(): string | undefined {
    return this.#owner;
  }

  /** The number of phones that ring, as far as is known. */
  get ringing(): number {
    return this.#ringing.size;
  }

  /** Whether somebody has picked the call up, and is not there yet. */
  get isPickedUp(): boolean {
    return this.#pickedUp.size > 0;
  }

  /** Rings all endpoints at once. Does not wait: what becomes of each is told. */
  dial({ endpoints, timeoutSeconds }: DialPlan): void {
    for (const [n, endpoint] of endpoints.entries()) {
      const id = legId(this.#options.origin.channel.id, n + 1);
      // Known before Asterisk knows it: its events may come before the answer.
      this.#ringing.add(id);
      // An earlier daemon may have rung it under this id.
      this.#gone.delete(id);
      const dialling = this.#dial(id, endpoint, timeoutSeconds).finally(() => this.#dialling.delete(id));
      this.#dialling.set(id, dialling);
    }
  }

  async #dial(channelId: string, endpoint: string, timeoutSeconds: number): Promise<void> {
    const { ari, app, origin, channel, log } = this.#options;
    try {
      const leg = { channelId, endpoint, app, appArgs: legArguments(channelId, origin), timeoutSeconds };
      await ari.originate({ ...leg, originator: channel.id });
    } catch (error) {
      if (!this.#ringing.has(channelId)) return;
      log().warn({ err: error, endpoint, leg: channelId }, 'Could not ring');
      this.#ringing.delete(channelId);
      this.#dialling.delete(channelId);
      // An endpoint that does not exist has no leg; but where something went wrong, it may ring.
      this.#await(
        channelId,
        retry(() => ari.hangup(channelId)).catch(() => {}),
      );
      this.#options.onLeft();
    }
  }

  /**
   * A leg has been answered. All others are hung up then, and this one, if it comes too late.
   * @param channelId the channel on which it was answered: another than the leg's if somebody has picked the call up
   * @returns whether it is the first, and so the owner's
   */
  answered(legId: string, channelId = legId): boolean {
    if (this.#answeredEarly) {
      this.#answeredEarly.push({ legId, channelId });
      return false;
    }
    const isFirst = this.#ringing.delete(legId) || this.#pickedUp.delete(legId);
    if (isFirst) this.#own(channelId);
    else if (channelId !== this.#owner) this.#hangUp(channelId);
    return isFirst;
  }

  #own(channelId: string): void {
    this.#owner = channelId;
    this.#pickedUp.clear();
    this.#hangUpRinging();
  }

  /** The owner's call was transferred: whoever has come in the owner's place is the owner now. */
  replaced(oldId: string, channelId: string): void {
    if (this.#answeredEarly) this.#answeredEarly.push({ legId: oldId, channelId });
    else if (oldId === this.#owner) this.#owner = channelId;
    // That one was to be hung up, and so is who comes in its place.
    else if (channelId !== this.#owner) this.#hangUp(channelId);
  }

  /**
   * A leg is gone.
   * @param cause of its hangup, if it is known
   */
  left(id: string, cause?: number): void {
    if (this.#gone.has(id)) return;
    this.#gone.add(id);
    const wasOwner = id === this.#owner;
    if (wasOwner) this.#owner = undefined;
    const wasRinging = this.#ringing.delete(id);
    if (wasRinging && cause === PICKED_UP) this.#pickedUp.add(id);
    if (wasRinging || wasOwner) this.#options.onLeft();
  }

  /** Plays what nobody but the owner hears. Nobody waits for its end. */
  async playToOwner(media: string): Promise<void> {
    const owner = this.#owner;
    if (owner !== undefined) await this.#options.ari.play(owner, `${owner}-cue-${Date.now()}`, media);
  }

  /** Hangs up all legs, at once. */
  release(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#answeredEarly = undefined;
    this.#pickedUp.clear();
    this.#hangUpRinging();
    if (owner !== undefined) this.#hangUp(owner);
  }

  /** Resolves when no leg is left that was to be hung up. */
  async ended(): Promise<void> {
    await Promise.all(this.#hangups.values());
  }

  /** An earlier daemon may have dialled. Until {@link find}, all of them count as ringing. */
  finding({ endpoints }: DialPlan): void {
    this.#answeredEarly = [];
    for (const n of endpoints.keys()) this.#ringing.add(legId(this.#options.origin.channel.id, n + 1));
  }

  /**
   * Finds the legs that an earlier daemon has dialled.
   * @param inBridge the channels of the conversation's bridge but the caller's: such a one is the owner's, whoever that
   *   is after a transfer
   * @throws AriError if Asterisk does not say; then it is to be called again
   */
  async find(inBridge: readonly string[]): Promise<void> {
    const ids = [...this.#ringing];
    const found = await Promise.all(ids.map(async (id) => ({ id, standing: await this.#look(id) })));
    const early = this.#answeredEarly ?? [];
    this.#answeredEarly = undefined;
    for (const { id, standing } of found) if (standing === 'gone') this.#ringing.delete(id);
    const legs = found.filter(({ standing }) => standing === 'answered').map(({ id }) => id);
    const answers = [...legs.map((id) => ({ legId: id, channelId: id })), ...early];
    // Of several that were answered, the owner's is the one in the bridge.
    const [owner] = inBridge;
    if (owner !== undefined) this.#found(owner);
    for (const { legId, channelId } of answers) this.answered(legId, channelId);
  }

  /**
   * To be called after the connection was lost: makes up for what was not heard meanwhile.
   * @param inBridge as in {@link find}
   * @throws AriError if Asterisk does not say of all; then it is to be called again
   */
  async catchUp(inBridge: readonly string[]): Promise<void> {
    const [owner] = inBridge;
    if (this.#owner !== undefined && owner !== undefined && !inBridge.includes(this.#owner))
      this.#found(owner);
    const failures: unknown[] = [];
    for (const id of [...this.#ringing, this.#owner]) {
      if (id === undefined) continue;
      // It may not be there yet, and then it is not gone.
      if (this.#dialling.has(id)) {
        failures.push(new AriError(`${id}: Asterisk has not said that it rings`));
        continue;
      }
      try {
        // One that is answered while nobody is there, Asterisk hangs up; but it notices late that nobody is there.
        const standing = await this.#look(id);
        if (standing === 'gone') this.left(id);
        if (standing === 'answered') this.answered(id);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #found(channelId: string): void {
    this.#ringing.delete(channelId);
    this.#own(channelId);
    this.#options.onFound(channelId);
  }

  async #look(id: string): Promise<'gone' | 'ringing' | 'answered'> {
    if (this.#gone.has(id)) return 'gone';
    const channel = await unlessGone(() => this.#options.ari.getChannel(id), ONCE_MORE);
    if (!channel || this.#gone.has(id)) return 'gone';
    return channel.dialplan.app_name === 'Stasis' ? 'answered' : 'ringing';
  }

  #hangUpRinging(): void {
    const ringing = [...this.#ringing];
    this.#ringing.clear();
    for (const id of ringing) this.#hangUp(id);
  }

  #hangUp(id: string): void {
    if (!this.#hangups.has(id)) this.#await(id, this.#insist(id));
  }

  #await(id: string, hangup: Promise<void>): void {
    this.#hangups.set(
      id,
      hangup.finally(() => this.#hangups.delete(id)),
    );
  }

  /** Tries until it succeeds. A request to ring that is not answered may be carried out after it. */
  async #insist(id: string): Promise<void> {
    const dialling = this.#dialling.get(id);
    await this.#hangUpOnce(id);
    if (!dialling) return;
    await dialling;
    await this.#hangUpOnce(id);
  }

  #hangUpOnce(id: string): Promise<void> {
    const { ari, log } = this.#options;
    return insist(
      () => (this.#gone.has(id) ? Promise.resolve() : ari.hangup(id)),
      (error) => {
        log().warn({ err: error, leg: id }, 'Could not hang up a leg: trying again');
        return !this.#gone.has(id);
      },
    );
  }
}
