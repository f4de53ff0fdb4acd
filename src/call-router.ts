/**
 * The router: hands each ARI event to the call that it concerns. One subscription for all calls, because
 * ari-client's listeners per resource are looked through one by one at every event. After each connect it takes
 * up the calls that are in the application already (adoption.ts finds them).
 */
import {
  findBridge,
  findCall,
  findChannel,
  findTransferredCaller,
  type FoundCall,
  type FoundChannel,
} from './adoption.ts';
import { AriError } from './ari/ari-error.ts';
import type { AriEvent, AriPort, Channel } from './ari/ari-port.ts';
import { atOnce } from './at-once.ts';
import { isDialplanCall } from './ari/dialplan-calls.ts';
import { type CallOrigin, mailboxOf } from './call/call-origin.ts';
import { callerOfBridge, callerOfLeg, readLeg } from './call/conversation-ids.ts';
import { type DialPlan, readDialPlan } from './call/dial-plan.ts';
import { NoteSeal } from './call/note-seal.ts';
import { VoiceMailCall } from './call/voice-mail-call.ts';
import { pause, retry } from './call/retry.ts';
import type { MessageCount } from './call/stored-recordings.ts';
import { Calls } from './calls.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { Orphans } from './orphans.ts';
import { mailboxExists } from './mailbox/names.ts';

/** How many calls are taken up at a time. */
const AT_ONCE = 8;
/** An event comes this long after what it tells of is seen elsewhere, if it comes at all. */
const TOLD_MS = 1_000;

type StasisStart = Extract<AriEvent, { readonly type: 'StasisStart' }>;

export interface CallRouterOptions {
  readonly ari: AriPort;
  /** Name of the Stasis application. */
  readonly app: string;
  readonly config: Config;
  readonly log: Logger;
  readonly index: MessageCount;
  readonly observer?: CallObserver | undefined;
}

/** Is told what becomes of calls (src/metrics.ts). */
export interface CallObserver {
  callAdopted(): void;
  /** With VMSTATUS and VMREASON. */
  callEnded(status: string, reason: string): void;
}

export class CallRouter {
  readonly #options: CallRouterOptions;
  readonly #calls = new Calls();
  /** Calls from before the connection was lost: nobody knows what happened to them meanwhile. */
  #before: readonly VoiceMailCall[] = [];
  /** What happens, before they are known, to calls that are to be taken up; by channel id. */
  readonly #early = new Map<string, AriEvent[]>();
  /** Whether it is not known yet which calls these are. */
  #isAsking = false;
  #connection = 0;
  readonly #orphans: Orphans;
  readonly #seal: NoteSeal;

  constructor(options: CallRouterOptions) {
    this.#options = options;
    this.#seal = new NoteSeal(options.config.ariPassword);
    this.#orphans = new Orphans(options);
  }

  /** The number of calls in progress. */
  get size(): number {
    return this.#calls.size;
  }

  /** The number of the connection, from 1 on. */
  get connection(): number {
    return this.#connection;
  }

  /** The number of calls in each state, by its name. */
  callsByState(): ReadonlyMap<string, number> {
    const calls = new Map<string, number>();
    for (const { stateName } of this.#calls) calls.set(stateName, (calls.get(stateName) ?? 0) + 1);
    return calls;
  }

  /** The recordings of calls in progress, of which nobody knows yet whether they will be messages. */
  undecided(): ReadonlySet<string> {
    return new Set([...this.#calls].flatMap(({ message }) => message.undecided));
  }

  /** The connection is lost. */
  disconnected(): void {
    for (const call of this.#calls) call.disconnected();
  }

  /** Another daemon has all calls. */
  abandon(): void {
    for (const call of this.#calls) call.abandon();
  }

  /** To be called before each connect, before any event can come: until {@link takeUp}, none is dropped. */
  connecting(): void {
    this.#before = [...this.#calls];
    this.#early.clear();
    this.#isAsking = true;
    this.#connection += 1;
  }

  /**
   * Takes up the calls that an earlier daemon left, and those of our own that went on while the connection was lost.
   * @returns whether all could be taken up; if not, it is to be called again
   * @throws AriError if Asterisk does not answer, or the connection is lost meanwhile: the same
   */
  async takeUp(): Promise<boolean> {
    const { ari, app } = this.#options;
    const connection = this.#connection;
    this.#isAsking = true;
    const [ids, bridgeIds] = await Promise.all([
      ari.getApplicationChannels(app),
      ari.getApplicationBridges(app),
    ]);
    const strangers = await this.#meet(this.#unknown(ids));
    // An answer from before another reconnect says nothing of the calls of today.
    if (this.#connection !== connection) throw new AriError('the connection was lost meanwhile');
    const present = new Set(ids);
    const missing: VoiceMailCall[] = [];
    for (const call of this.#before) {
      if (present.has(call.channel.id)) call.catchUp(true);
      else missing.push(call);
    }
    this.#before = [];
    const isComplete = await this.#serve(strangers, bridgeIds);
    if (this.#connection !== connection) throw new AriError('the connection was lost meanwhile');
    // Some of them are on another channel now, which has been met.
    for (const call of missing) call.catchUp(present.has(call.channel.id));
    if (!isComplete) return false;
    this.#orphans.remove(ids, bridgeIds, (id) => this.#calls.of(id) !== undefined);
    this.#isAsking = false;
    this.#deliverEarly([...this.#early.keys()]);
    return true;
  }

  /**
   * Ends calls that are too long, and looks whether anybody is in the application of whom we were not told, or any caller
   * is not there any more: of a channel that holds what is not UTF-8 Asterisk tells nothing. To be called now and then.
   * @throws AriError if Asterisk does not answer
   */
  async look(): Promise<void> {
    const { ari, app } = this.#options;
    const connection = this.#connection;
    for (const call of this.#calls) call.endIfTooLong();
    const first = this.#differences(await ari.getApplicationChannels(app));
    if (first.unknown.length + first.missing.length === 0) return;
    // Whoever has only just come, or gone, is told of within this time.
    await pause(TOLD_MS);
    const again = this.#differences(await ari.getApplicationChannels(app));
    if (this.#connection !== connection || this.#isAsking) return;
    await this.#serveUnknown(again.unknown.filter((id) => first.unknown.includes(id)));
    // Unless it was on one of these that the caller has been found.
    for (const { call, id } of again.missing) {
      const isMissing = call.channel.id === id && first.missing.some((each) => each.call === call);
      if (isMissing) call.catchUp(false);
    }
  }

  #differences(ids: readonly string[]) {
    const missing = [...this.#calls]
      .filter(({ hasLeft, channel }) => !hasLeft && !ids.includes(channel.id))
      .map((call) => ({ call, id: call.channel.id }));
    return { unknown: this.#unknown(ids), missing };
  }

  /** Those of nobody whom we know. A leg is its caller's, and rings in the application, too. */
  #unknown(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.#calls.of(id) && !isDialplanCall(id) && !callerOfLeg(id));
  }

  /** @returns as {@link #serve} does */
  async #serveUnknown(ids: readonly string[]): Promise<boolean> {
    const { ari, app } = this.#options;
    const unknown = this.#unknown(ids);
    if (unknown.length === 0) return true;
    return this.#serve(await this.#meet(unknown), await ari.getApplicationBridges(app));
  }

  /**
   * Asks who is there on these channels. Who has answered a phone of a call is handed to it at once.
   * @returns the others, and an error of whom nobody knows
   */
  async #meet(ids: readonly string[]): Promise<Map<string, FoundChannel | Error>> {
    const strangers = new Map<string, FoundChannel | Error>();
    await atOnce(AT_ONCE, ids, async (id) => {
      const found = await findChannel(this.#options.ari, this.#options.app, id).catch(toError);
      if (!found) return;
      const isLeg = 'leg' in found && found.leg !== undefined;
      if (isLeg) this.#stasisStart({ type: 'StasisStart', channel: found.channel, args: found.args });
      else strangers.set(id, found);
    });
    return strangers;
  }

  /** Serves all callers among these. @returns whether it is known of all who they are */
  async #serve(
    strangers: ReadonlyMap<string, FoundChannel | Error>,
    bridgeIds: readonly string[],
  ): Promise<boolean> {
    let isComplete = true;
    const each = async (id: string, work: () => Promise<unknown>) => {
      await work().catch((error: unknown) => {
        this.#options.log.error({ err: error, channel: id }, 'Could not take up a call');
        isComplete = false;
      });
    };
    const newcomers: FoundChannel[] = [];
    await atOnce(AT_ONCE, strangers, ([id, found]) =>
      each(id, async () => {
        if (found instanceof Error) throw found;
        const call = await findCall(this.#options.ari, found, this.#seal);
        if (call && found.args.length === 0 && !call.standing) newcomers.push(found);
        else if (call) this.#adopt(found.channel, call);
      }),
    );
    await atOnce(AT_ONCE, newcomers, (found) =>
      each(found.channel.id, () => this.#welcome(found, bridgeIds)),
    );
    return isComplete;
  }

  /** Of whom nothing is known: somebody who has come into the bridge of a conversation in another's place. */
  async #welcome({ channel, args }: FoundChannel, bridgeIds: readonly string[]): Promise<void> {
    const { ari, app } = this.#options;
    const bridge = await findBridge(ari, channel.id, bridgeIds);
    const known = bridge && this.#calls.of(bridge.callerId);
    // It finds in its bridge who is the owner now.
    if (known && !known.hasLeft) return known.catchUp(true);
    const call = bridge && (await findTransferredCaller(ari, app, channel.id, bridge));
    this.#adopt(channel, call ?? { origin: { channel, args }, standing: undefined, takes: [] });
  }

  #adopt(channel: Channel, { origin, standing, takes }: FoundCall): void {
    const { id } = channel;
    // Its StasisStart may have come in the meantime.
    if (this.#calls.of(id)) return;
    const known = this.#calls.of(origin.channel.id);
    if (known && !known.hasLeft) {
      this.#calls.add(known, id);
      return known.replaced(known.channel.id, id);
    }
    this.#newCall(channel, origin).takeUp(standing, takes);
    this.#options.observer?.callAdopted();
    this.#deliverEarly([id, origin.channel.id]);
  }

  #deliverEarly(ids: readonly string[]): void {
    for (const id of new Set(ids)) {
      const events = this.#early.get(id) ?? [];
      this.#early.delete(id);
      // Of what an earlier daemon was playing, nobody wants to know.
      for (const event of events) if (event.type !== 'PlaybackFinished') this.route(event);
    }
  }

  /** Takes any event. Those of channels that are no call of ours, or not any more, are dropped. */
  route(event: AriEvent): void {
    if (event.type === 'StasisStart') return this.#stasisStart(event);
    const id = callerIdOf(event);
    const call = this.#callOf(event) ?? this.#calls.of(id);
    if (call) return call.deliver(event);
    if (this.#isAsking) this.#keepEarly(id, event);
  }

  #callOf(event: AriEvent): VoiceMailCall | undefined {
    if ('channel' in event) return this.#calls.of(event.channel.id);
    if (!('recording' in event)) return undefined;
    const { target_uri, name } = event.recording;
    if (this.#calls.of(target_uri.replace('channel:', ''))) return undefined;
    // It may have begun on a channel of which no daemon that is here was told; the name tells whose it is.
    return [...this.#calls].find(({ message }) => message.liveName === name);
  }

  #keepEarly(id: string, event: AriEvent): void {
    const events = this.#early.get(id) ?? [];
    this.#early.set(id, events);
    events.push(event);
  }

  /** `Stasis(vm-record,<mailbox>)`; or a phone was answered; or a call was transferred to this channel. */
  #stasisStart(event: StasisStart): void {
    const { channel, args, replace_channel: replaced } = event;
    const leg = readLeg(channel.id, args);
    if (leg) {
      if (this.#legAnswered(leg.legId, channel.id)) return;
      if (this.#isAsking) return this.#keepEarly(callerOfLeg(leg.legId) ?? '', event);
      return this.#orphans.hangUp(channel.id);
    }
    if (replaced) return this.#replaced(replaced.id, channel.id);
    // It has been taken up already: it was in the application before we were told.
    const known = this.#calls.of(channel.id);
    if (known?.hasLeft === false && known.channel.id === channel.id) return;
    this.#newCall(channel, { channel, args }).start();
  }

  #legAnswered(legId: string, channelId: string): boolean {
    const call = this.#calls.of(callerOfLeg(legId) ?? '');
    if (!call) return false;
    this.#calls.add(call, channelId);
    call.legAnswered(legId, channelId);
    return true;
  }

  #replaced(oldId: string, id: string): void {
    const call = this.#calls.of(oldId);
    // A caller who has hung up has no successor; a phone that is being hung up has, and that is hung up, too.
    if (call && !(call.hasLeft && oldId === call.channel.id)) {
      this.#calls.add(call, id);
      return call.replaced(oldId, id);
    }
    if (this.#isAsking) return;
    const serve = async () => {
      if (!(await this.#serveUnknown([id]))) throw new AriError('a call could not be taken up');
    };
    retry(serve).catch((error: unknown) => {
      this.#options.log.error({ err: error, channel: id }, 'Could not find out whose call this is');
    });
  }

  #newCall(channel: Channel, origin: CallOrigin): VoiceMailCall {
    const { args } = origin;
    const argument = mailboxOf(origin);
    const mailbox = mailboxExists(argument, this.#options.config.mailboxes) ? argument : undefined;
    if (mailbox === undefined) {
      this.#options.log.warn(
        { channel: channel.id, mailbox: null, state: 'answering', argument: args[0]?.slice(0, 80) },
        'Refusing a call: a mailbox is 1 to 32 of A-Z a-z 0-9 _ -, and one of VM_MAILBOXES if that is set',
      );
    }
    const plan = mailbox === undefined ? undefined : this.#readPlan(channel, mailbox, args.slice(1));
    const older = this.#calls.of(channel.id)?.message.undecided;
    const call = new VoiceMailCall({
      ...this.#options,
      index: older ? countBeside(older, this.#options.index) : this.#options.index,
      channel,
      origin,
      mailbox,
      plan,
      seal: this.#seal,
      reserved: (name) => this.#calls.reservedIn(name),
      onFound: (id) => this.#calls.add(call, id),
      onDone: () => {
        this.#calls.remove(call);
        const { VMSTATUS, VMREASON } = call.result;
        this.#options.observer?.callEnded(VMSTATUS, VMREASON);
        call.log.debug({ calls: this.#calls.size }, 'Call over');
      },
    });
    for (const id of [origin.channel.id, channel.id]) this.#calls.add(call, id);
    return call;
  }

  /** What is wrong in the dialplan's line costs nobody a call. */
  #readPlan({ id }: Channel, mailbox: string, args: readonly string[]): DialPlan | undefined {
    const { plan, problems } = readDialPlan(args);
    if (problems.length > 0) {
      this.#options.log.warn(
        { channel: id, mailbox, state: 'answering', arguments: args.join(',').slice(0, 200), problems },
        'Options of Stasis() that are not right are ignored',
      );
    }
    return plan;
  }
}

/** For a channel that comes again: what its call before is still deleting is no name for the next message. */
function countBeside(older: readonly string[], index: MessageCount): MessageCount {
  return {
    add: (name) => index.add(name),
    remove: (name) => index.remove(name),
    has: (name) => index.has(name) || older.includes(name),
    count: (mailbox) => index.count(mailbox),
  };
}

/** The id of the caller's channel. Playbacks and recordings say whose they are in `target_uri`: `channel:<id>`. */
function callerIdOf(event: AriEvent): string {
  if ('channel' in event) return callerOfLeg(event.channel.id) ?? event.channel.id;
  const { target_uri } = 'playback' in event ? event.playback : event.recording;
  const id = target_uri.replace(/^(?:channel|bridge):/, '');
  return (target_uri.startsWith('bridge:') ? callerOfBridge(id) : callerOfLeg(id)) ?? id;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new AriError(String(error));
}
