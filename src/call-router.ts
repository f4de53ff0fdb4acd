/**
 * The router: hands each ARI event to the call that it concerns. One subscription for all calls, because
 * ari-client's listeners per resource are looked through one by one at every event. After each connect it takes
 * up the calls that are in the application already (adoption.ts finds them).
 */
import { findCall } from './adoption.ts';
import { AriError } from './ari/ari-error.ts';
import type { AriEvent, AriPort, Channel } from './ari/ari-port.ts';
import { isDialplanCall } from './ari/dialplan-calls.ts';
import { callerOfBridge, callerOfLeg } from './call/conversation-ids.ts';
import { type DialPlan, readDialPlan } from './call/dial-plan.ts';
import { VoiceMailCall } from './call/voice-mail-call.ts';
import type { MessageCount } from './call/stored-recordings.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { Orphans } from './orphans.ts';
import { mailboxExists } from './mailbox/names.ts';

/** How many calls are taken up at a time. */
const AT_ONCE = 8;

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
  readonly #calls = new Map<string, VoiceMailCall>();
  /** Calls from before the connection was lost: nobody knows what happened to them meanwhile. */
  #before = new Map<string, VoiceMailCall>();
  /** What happens, before they are known, to calls that are to be taken up; by channel id. */
  #early = new Map<string, AriEvent[]>();
  /** Whether it is not known yet which calls these are. */
  #isAsking = false;
  #connection = 0;
  readonly #orphans: Orphans;

  constructor(options: CallRouterOptions) {
    this.#options = options;
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
    for (const { stateName } of this.#calls.values()) calls.set(stateName, (calls.get(stateName) ?? 0) + 1);
    return calls;
  }

  /** The recordings of calls in progress, of which nobody knows yet whether they will be messages. */
  undecided(): ReadonlySet<string> {
    return new Set([...this.#calls.values()].flatMap(({ message }) => message.undecided));
  }

  /** The connection is lost. */
  disconnected(): void {
    for (const call of this.#calls.values()) call.disconnected();
  }

  /** To be called before each connect, before any event can come: until {@link takeUp}, none is dropped. */
  connecting(): void {
    this.#before = new Map(this.#calls);
    this.#early = new Map();
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
    const [ids, bridgeIds] = await Promise.all([
      ari.getApplicationChannels(app),
      ari.getApplicationBridges(app),
    ]);
    // An answer from before another reconnect says nothing of the calls of today. From here on, nothing is waited for.
    if (this.#connection !== connection) throw new AriError('the connection was lost meanwhile');
    const present = new Set(ids);
    this.#orphans.remove(ids, bridgeIds, (id) => this.#calls.has(id));
    for (const [id, call] of this.#before) {
      if (present.has(id)) call.catchUp();
      else call.left();
    }
    this.#before.clear();
    const unknown = ids.filter((id) => !this.#calls.has(id) && !isDialplanCall(id) && !callerOfLeg(id));
    this.#early = new Map(unknown.map((id) => [id, this.#early.get(id) ?? []]));
    this.#isAsking = false;
    return this.#takeUpAll(unknown);
  }

  /** A few at a time: Asterisk, and our sockets, are there for the other callers, too. */
  async #takeUpAll(ids: readonly string[]): Promise<boolean> {
    let isComplete = true;
    const waiting = ids.values();
    const takeUpNext = async () => {
      for (const id of waiting) {
        await this.#takeUp(id).catch((error: unknown) => {
          this.#options.log.error({ err: error, channel: id }, 'Could not take up a call');
          isComplete = false;
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, takeUpNext));
    return isComplete;
  }

  async #takeUp(id: string): Promise<void> {
    const found = await findCall(this.#options.ari, this.#options.app, id);
    const early = this.#early.get(id) ?? [];
    this.#early.delete(id);
    // Its StasisStart may have come in the meantime.
    if (this.#calls.has(id)) return;
    if (!found) return this.#orphans.removeOf(id);
    const call = this.#newCall(found.channel, found.args);
    call.takeUp(found.standing, found.takes);
    this.#options.observer?.callAdopted();
    // Of what an earlier daemon was playing, nobody wants to know.
    for (const event of early) if (event.type !== 'PlaybackFinished') call.deliver(event);
  }

  /** Takes any event. Those of channels that are no call of ours, or not any more, are dropped. */
  route(event: AriEvent): void {
    const id = callerIdOf(event);
    const isLeg = 'channel' in event && event.channel.id !== id;
    if (event.type === 'StasisStart' && !isLeg) return this.#stasisStart(event.channel, event.args);
    const call = this.#calls.get(id);
    if (call) return call.deliver(event);
    const early = this.#early.get(id);
    if (early) early.push(event);
    else if (this.#isAsking) this.#early.set(id, [event]);
    else if (event.type === 'StasisStart') this.#orphans.hangUp(event.channel.id);
  }

  /** `Stasis(vm-record,<mailbox>)` */
  #stasisStart(channel: Channel, args: readonly string[]): void {
    // It has been taken up already: it was in the application before we were told.
    if (this.#calls.get(channel.id)?.hasLeft === false) return;
    this.#newCall(channel, args).start();
  }

  /** The tutorial's dialplan has a blank before the mailbox. */
  #newCall(channel: Channel, args: readonly string[]): VoiceMailCall {
    const argument = args[0]?.trim();
    const mailbox = mailboxExists(argument, this.#options.config.mailboxes) ? argument : undefined;
    if (mailbox === undefined) {
      this.#options.log.warn(
        { channel: channel.id, mailbox: null, state: 'answering', argument: args[0]?.slice(0, 80) },
        'Refusing a call: a mailbox is 1 to 32 of A-Z a-z 0-9 _ -, and one of VM_MAILBOXES if that is set',
      );
    }
    const plan = mailbox === undefined ? undefined : this.#readPlan(channel, mailbox, args.slice(1));
    const older = this.#calls.get(channel.id)?.message.undecided;
    const call = new VoiceMailCall({
      ...this.#options,
      index: older ? countBeside(older, this.#options.index) : this.#options.index,
      channel,
      mailbox,
      plan,
      onDone: () => {
        // The channel may have come again meanwhile, and be another call.
        if (this.#calls.get(channel.id) === call) this.#calls.delete(channel.id);
        const { VMSTATUS, VMREASON } = call.result;
        this.#options.observer?.callEnded(VMSTATUS, VMREASON);
        call.log.debug({ calls: this.#calls.size }, 'Call over');
      },
    });
    this.#calls.set(channel.id, call);
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
  };
}

/** The id of the caller's channel. Playbacks and recordings say whose they are in `target_uri`: `channel:<id>`. */
function callerIdOf(event: AriEvent): string {
  if ('channel' in event) return callerOfLeg(event.channel.id) ?? event.channel.id;
  const { target_uri } = 'playback' in event ? event.playback : event.recording;
  const id = target_uri.replace(/^(?:channel|bridge):/, '');
  return (target_uri.startsWith('bridge:') ? callerOfBridge(id) : callerOfLeg(id)) ?? id;
}
