/**
 * One call: its identity, its state machine, its serial queue and its end (the tutorial's VoiceMailCall).
 *
 * Everything that happens to the call goes through the queue: a job runs in the current state, and the
 * transition it leads to is awaited, before the next job begins. Digits typed ahead wait in the queue.
 * A hangup overtakes them, and makes the operation that is being awaited give up.
 */
import { isGone } from '../ari/ari-error.ts';
import type { AriEvent, AriPort, Assignment, Channel } from '../ari/ari-port.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { messageId } from '../mailbox/names.ts';
import type { CallState } from '../states/call-state.ts';
import { ConversingState } from '../states/conversing-state.ts';
import { CopyingState } from '../states/copying-state.ts';
import { DialingState } from '../states/dialing-state.ts';
import { EndingState } from '../states/ending-state.ts';
import { HungUpState } from '../states/hung-up-state.ts';
import { RecordingState } from '../states/recording-state.ts';
import { ReviewingState } from '../states/reviewing-state.ts';
import type { CallContext, CallTimer } from './call-context.ts';
import { CallChannel } from './call-channel.ts';
import type { CallOrigin } from './call-origin.ts';
import { type Reason, ResultTeller, resultVariables } from './call-result.ts';
import { Conversation } from './conversation.ts';
import type { DialPlan } from './dial-plan.ts';
import type { NoteSeal } from './note-seal.ts';
import { Event, type Outcome } from './event.ts';
import { Prompts } from './prompts.ts';
import { within } from '../within.ts';
import { SerialQueue } from './serial-queue.ts';
import { isBeforeMessage, type Standing, STANDING_VARIABLE, writeStanding } from './standing.ts';
import { StateMachine, type Observer, type Transition } from './state-machine.ts';
import type { MessageCount } from './stored-recordings.ts';
import { findPlace, type Place } from './take-up.ts';
import { VoiceMessage } from './voice-message.ts';

/** A caller does not wait longer for what is told to the dialplan. */
const TELL_MS = 100;
/** No two talk for longer, and no message without a limit is longer. */
const LONGEST_SECONDS = 12 * 3600;
/** For all takes, pauses and reviews, beside the longest message. */
const LONGEST_TRIES_SECONDS = 3600;
/** Until it is asked again who has come or gone while the connection was lost. */
const CATCH_UP_AGAIN_SECONDS = 2;

export interface VoiceMailCallOptions {
  readonly ari: AriPort;
  /** Name of the Stasis application. */
  readonly app: string;
  readonly config: Config;
  readonly log: Logger;
  /** The caller's channel, as of now. */
  readonly channel: Channel;
  readonly origin: CallOrigin;
  /** Undefined if the dialplan's argument is none: then the caller only hears an apology. */
  readonly mailbox: string | undefined;
  /** Whom to ring before the caller leaves a message, if anybody. */
  readonly plan: DialPlan | undefined;
  /** Of what is noted of the call. */
  readonly seal: NoteSeal;
  /** Told of each message that is there to stay, the call's own and every copy, and of each that is not. */
  readonly index: MessageCount;
  /** How many messages all calls in progress, this one included, may leave in a mailbox, beside those that are counted. */
  readonly reserved: (mailbox: string) => number;
  /** Told of a channel that has turned out to be the caller's or the owner's. */
  readonly onFound: (channelId: string) => void;
  /** Called once, when the call is over and needs no more events. */
  readonly onDone: () => void;
}

export class VoiceMailCall implements CallContext {
  readonly config: Config;
  readonly channel: CallChannel;
  readonly mailbox: string;
  readonly message: VoiceMessage;
  readonly prompts: Prompts;
  readonly #conversation: Conversation | undefined;
  readonly #refused: boolean;
  readonly #log: Logger;
  readonly #bindings: { readonly channel: string; readonly mailbox: string | null };
  readonly #channelName: string;
  readonly #origin: CallOrigin;
  readonly #seal: NoteSeal;
  readonly #onFound: (channelId: string) => void;
  readonly #onDone: () => void;
  readonly #queue = new SerialQueue();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #machine: StateMachine<CallState>;
  readonly #result: ResultTeller;
  readonly #dialing: DialingState;
  readonly #conversing: ConversingState;
  readonly #recording: RecordingState;
  readonly #reviewing: CallState;
  readonly #copying: CallState;
  readonly #ending: CallState;
  readonly #hungup: CallState;
  /** What the next daemon would read. */
  #standing: Standing | undefined;
  #catchingUp: CallTimer | undefined;
  /** When it is too long: it would take a channel, and room on the disk, for ever. As performance.now() tells it. */
  #tooLongAt = Infinity;
  #stateLog: Logger;
  #reason: Reason;
  #done = false;

  constructor(options: VoiceMailCallOptions) {
    const { ari, config, log, channel, origin, mailbox, plan, onFound, onDone } = options;
    this.config = config;
    this.#refused = mailbox === undefined;
    this.#reason = this.#refused ? 'bad-mailbox' : 'hangup';
    this.mailbox = mailbox ?? '';
    this.prompts = new Prompts(config.prompts === 'on');
    this.#log = log;
    this.#bindings = { channel: origin.channel.id, mailbox: mailbox ?? null };
    this.#stateLog = this.#logOf('answering');
    this.#channelName = channel.name;
    this.#origin = origin;
    this.#seal = options.seal;
    this.#onFound = onFound;
    this.#onDone = onDone;
    this.channel = new CallChannel(ari, channel.id, origin.channel.id);
    this.#result = new ResultTeller(this.channel, () => this.log);
    const common = {
      ...options,
      channel: this.channel,
      log: () => this.log,
      mailbox: this.mailbox,
      id: messageId(origin.channel),
      format: config.format,
    };
    this.message = new VoiceMessage(common);
    if (plan && !this.#refused) {
      const onLeft = () => this.#enqueue(() => this.#state?.onLegLeft?.());
      this.#conversation = new Conversation({ ...common, plan, onLeft });
    }
    this.#dialing = new DialingState(this);
    this.#conversing = new ConversingState(this);
    this.#recording = new RecordingState(this);
    this.#reviewing = new ReviewingState(this);
    this.#copying = new CopyingState(this);
    this.#ending = new EndingState(this);
    this.#hungup = new HungUpState(this);
    this.#machine = this.#setupStateMachine();
  }

  get log(): Logger {
    return this.#stateLog;
  }

  /** Of the process's own logger each time: a child of a child costs more than both. */
  #logOf(state: string): Logger {
    return this.#log.child({ ...this.#bindings, state });
  }

  get conversation(): Conversation {
    if (!this.#conversation) throw new Error('nobody was to be rung');
    return this.#conversation;
  }

  async endConversation(on: string): Promise<void> {
    await this.#conversation?.end(on);
  }

  get kept(): string | undefined {
    return this.message.stored?.name ?? this.#conversation?.recordings.keptName;
  }

  /** Every transition there is, for the diagram in the README. */
  get transitions(): readonly Transition<CallState>[] {
    return this.#machine.transitions;
  }

  /** Starts the state machine; answers the channel first, unless phones are to ring. */
  start(): void {
    if (!this.#refused) this.log.info({ channelName: this.#channelName }, 'Channel recording voicemail');
    void this.tellDialplan(this.#reason, undefined);
    this.#enqueue(() => (this.#conversation ? this.#machine.start(this.#dialing) : this.#answer()));
  }

  async #answer(): Promise<Event | void> {
    try {
      await this.channel.answer();
    } catch (error) {
      if (isGone(error)) throw error;
      this.log.error({ err: error }, 'Could not answer');
      if (!this.#refused) this.conclude('error');
      return this.#machine.start(this.#ending);
    }
    return this.#machine.start(this.#refused ? this.#ending : this.#recording);
  }

  /**
   * Takes the call up where an earlier daemon left it; does not {@link start} it.
   * @param standing what that daemon has noted of it
   * @param takes the names of those that are there (find-takes.ts)
   */
  takeUp(standing: Standing | undefined, takes: readonly string[]): void {
    this.log.info({ channelName: this.#channelName, standing: standing?.state }, 'Taking up a call');
    if (!this.#refused) this.message.find(takes, standing);
    if (standing && !isBeforeMessage(standing.state)) this.message.room.enterAgain();
    this.#conversation?.finding();
    this.#enqueue(async () => {
      await this.channel.silence();
      if (this.#refused) return this.#answer();
      const { channel, message } = this;
      const conversation = this.#conversation;
      return this.#goOn(await findPlace({ channel, message, conversation, standing, log: () => this.log }));
    });
  }

  async #goOn(place: Place): Promise<Event | void> {
    switch (place.at) {
      case 'answer':
        return this.#answer();
      case 'dialing':
        if (place.isResumed) this.#dialing.resume();
        return this.#machine.start(this.#dialing);
      case 'conversing':
        if (place.isResumed) this.#conversing.resume();
        return this.#machine.start(this.#conversing);
      case 'take':
        this.#recording.resume(place);
        await this.#machine.start(this.#recording);
        return place.hasEnded ? this.#recording.endedBefore() : undefined;
      case 'recording':
        return this.#machine.start(this.#recording);
      case 'reviewing':
        return this.#machine.start(this.#reviewing);
      case 'copying':
        return this.#machine.start(this.#copying);
      case 'ending':
        this.conclude(place.reason);
        return this.#machine.start(this.#ending);
    }
  }

  /** The connection is lost: nothing is heard until {@link catchUp}. */
  disconnected(): void {
    this.#catchingUp?.cancel();
    this.#enqueue(() => this.#state?.onConnectionLost?.());
  }

  /**
   * To be called after the connection was lost: makes up for what was not heard meanwhile, but for keys.
   * @param isPresent whether the caller's channel is in the application still
   */
  catchUp(isPresent: boolean): void {
    if (!isPresent && !this.#conversation?.bridge.exists) return this.left();
    if (this.#conversation) this.#catchUpConversation(isPresent);
    this.#enqueue(async () => {
      const playback = await this.channel.playbackEndedUnheard();
      return playback && this.#state?.onPlaybackFinished?.(playback);
    });
    this.#enqueue(async () => {
      const recording = await this.message.endedUnheard();
      return recording && this.#state?.onRecordingFinished?.(recording);
    });
    this.#enqueue(() => this.#state?.onConnectionBack?.());
  }

  /** Nobody's talk is cut off because Asterisk does not say who has come or gone: it is asked again. */
  #catchUpConversation(isPresent: boolean, isAgain = false): void {
    this.#catchingUp?.cancel();
    const callerId = this.channel.id;
    this.#enqueue(async () => {
      try {
        if (!isPresent && this.channel.id === callerId) await this.#findCaller();
        return this.channel.hungUp ? undefined : await this.#findOthers();
      } catch (error) {
        const level = isAgain ? 'debug' : 'warn';
        this.log[level]({ err: error }, 'Could not find out who has come or gone: trying again');
        const again = () => this.#catchUpConversation(isPresent || this.channel.id !== callerId, true);
        this.#catchingUp?.cancel();
        this.#catchingUp = this.after(CATCH_UP_AGAIN_SECONDS, again);
      }
    });
  }

  async #findOthers(): Promise<Event | void> {
    const { legs } = this.conversation;
    const wasAnswered = legs.owner !== undefined;
    try {
      await this.conversation.catchUp();
    } catch (error) {
      // Who has answered is found, and then nobody needs to know of the other phones.
      if (wasAnswered || legs.owner === undefined) throw error;
    }
    if (!wasAnswered && legs.owner !== undefined) return this.#state?.onAnswer?.();
    const recording = await this.conversation.recordings.endedUnheard();
    return recording && this.#state?.onRecordingFinished?.(recording);
  }

  /** The caller may have been transferred out of the conversation while nobody was told. */
  async #findCaller(): Promise<void> {
    const before = this.channel.id;
    const id = await this.#conversation?.findCaller();
    // Who has come was told meanwhile, or nobody has.
    if (this.channel.id !== before || id === before) return;
    if (id === undefined) return this.left();
    this.#onFound(id);
    this.replaced(this.channel.id, id);
  }

  /**
   * The call was transferred: a channel has taken the place of the caller's, or of a phone's, and goes on with what
   * that one was doing. May be told twice, or of what has been found out already.
   */
  replaced(oldId: string, channelId: string): void {
    if (channelId === this.channel.id) return;
    this.log.info({ from: oldId, to: channelId }, 'Going on with another channel');
    if (oldId !== this.channel.id) return this.#conversation?.legs.replaced(oldId, channelId);
    this.channel.moveTo(channelId, this.#state === this.#conversing);
    void this.#result.again();
    this.#enqueue(() => this.#state?.onMoved?.());
  }

  /** A phone was answered, on this channel. */
  legAnswered(legId: string, channelId: string): void {
    if (this.#conversation?.legs.answered(legId, channelId)) this.#enqueue(() => this.#state?.onAnswer?.());
  }

  /** To be called now and then: ends the call if it has lasted so long that nobody can mean it. */
  endIfTooLong(): void {
    if (performance.now() < this.#tooLongAt) return;
    this.#enqueue(() => {
      if (!this.#state?.onTooLong) return;
      this.log.warn('Call too long');
      return this.#state.onTooLong();
    });
  }

  /** The channel has left, as is known from elsewhere than from an event. */
  left(): void {
    this.message.channelLeft();
    this.#hangUp();
  }

  /** The name of the state that it is in. */
  get stateName(): string {
    return this.#state?.name ?? 'answering';
  }

  /** How it ends, or has ended, as far as is known: the variables of the contract. */
  get result(): ReturnType<typeof resultVariables> {
    return resultVariables(this.#reason, this.kept);
  }

  /** The caller has hung up, or the channel has left. */
  get hasLeft(): boolean {
    return this.channel.hungUp;
  }

  /** Takes an event of this call's channels, playbacks and recordings. */
  deliver(event: AriEvent): void {
    if ('channel' in event && event.channel.id !== this.channel.id) return this.#deliverOfOther(event);
    switch (event.type) {
      case 'ChannelDtmfReceived': {
        // Not by the clock, which can be put back.
        const at = performance.now();
        return this.#enqueue(() => this.#state?.onDtmf?.(event.digit, at));
      }
      case 'ChannelTalkingStarted':
      case 'ChannelTalkingFinished': {
        const [isTalking, at] = [event.type === 'ChannelTalkingStarted', performance.now()];
        return this.#enqueue(() => this.#state?.onTalking?.(isTalking, at));
      }
      case 'PlaybackFinished':
        this.channel.playbackFinished(event.playback.id);
        return this.#enqueue(() => this.#state?.onPlaybackFinished?.(event.playback));
      case 'RecordingStarted':
        this.#conversation?.recordings.recordingStarted(event.recording);
        return this.message.recordingStarted(event.recording);
      case 'RecordingFinished':
      case 'RecordingFailed':
        this.#conversation?.recordings.recordingFinished(event.recording);
        this.message.recordingFinished(event.recording);
        return this.#enqueue(() => this.#state?.onRecordingFinished?.(event.recording));
      case 'StasisEnd':
      case 'ChannelDestroyed':
        return this.left();
      case 'ChannelHangupRequest':
        return this.#hangUp();
      case 'StasisStart':
        return;
    }
  }

  /** Of a phone's channel; or of one whose place another has taken, which is of no concern any more. */
  #deliverOfOther(event: AriEvent & { readonly channel: Channel }): void {
    const { id } = event.channel;
    const legs = this.#conversation?.legs;
    switch (event.type) {
      case 'ChannelDtmfReceived':
        // Whose leg it is, is known in its turn; and the owner's hangup overtakes what the owner has typed.
        return this.#enqueue(() =>
          legs?.owner === id ? this.#state?.onOwnerDtmf?.(event.digit) : undefined,
        );
      case 'ChannelHangupRequest':
        // Of one that rings it is the first word of a hangup, and does not tell whether somebody has picked it up.
        return legs?.owner === id ? legs.left(id) : undefined;
      case 'StasisEnd':
        return legs?.left(id);
      case 'ChannelDestroyed':
        return legs?.left(id, event.cause);
      default:
    }
  }

  get reason(): Reason {
    return this.#reason;
  }

  conclude(reason: Reason): void {
    this.#reason = reason;
  }

  tellDialplanFirst(reason: Reason, message: string | undefined): Promise<void> {
    return within(TELL_MS, this.tellDialplan(reason, message));
  }

  tellDialplanFinally(): Promise<void> {
    // A channel that goes on may come again, and would be taken for one that is ending.
    if (this.config.whenDone === 'continue') {
      const origin = this.#origin;
      this.#standing = { state: 'left', reason: this.#reason, stored: undefined, take: undefined, origin };
      return this.#result.tell({
        ...this.result,
        [STANDING_VARIABLE]: writeStanding(this.#standing, this.#seal),
      });
    }
    return this.tellDialplan(this.#reason, this.kept);
  }

  tellDialplan(
    reason: Reason,
    message: string | undefined,
    functions?: readonly Assignment[],
  ): Promise<void> {
    return this.#result.tell(
      { ...resultVariables(reason, message), ...this.#noteStanding(reason, message) },
      functions,
    );
  }

  /** What the next daemon would read of where the call stands. */
  #noteStanding(told: Reason, message: string | undefined): Record<string, string> {
    const first = this.#conversation ? this.#dialing : this.#recording;
    const { standing: state = this.#recording.standing } = this.#state ?? first;
    const stored = this.kept;
    const isTaking = state === 'taking' || state === 'paused';
    // Before the beep, too, nothing is promised: what is noted next may be lost.
    const reason = isTaking && message === undefined ? 'silence' : told;
    const take = isTaking ? this.message.takeName : this.#conversation?.recordings.liveName;
    // Who takes up a call that is heard right after its recording finds that out from the recording.
    const isHeard = state === 'reviewing' && this.#standing?.take === stored;
    if (!this.#standing || !isHeard) this.#standing = { state, reason, stored, take, origin: this.#origin };
    return { [STANDING_VARIABLE]: writeStanding(this.#standing, this.#seal) };
  }

  after(seconds: number, handler: () => Outcome): CallTimer {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(() => (cancelled ? undefined : handler()));
    }, seconds * 1000);
    let cancelled = false;
    this.#timers.add(timer);
    return {
      cancel: () => {
        cancelled = true;
        clearTimeout(timer);
        this.#timers.delete(timer);
      },
    };
  }

  get #state(): CallState | undefined {
    return this.#machine.current;
  }

  /** The caller is gone: nothing that was typed matters any more. */
  #hangUp(): void {
    if (this.channel.hungUp) return;
    this.channel.leave();
    // The phones stop ringing at once, whatever the call is busy with.
    this.#conversation?.legs.release();
    this.#queue.clear();
    this.#enqueue(async () => {
      if (!this.#state) return this.#machine.start(this.#hungup);
      return (await this.#state.onHangup?.()) ?? Event.HANGUP;
    });
  }

  /** Runs `job` in the call's turn, then the transitions it leads to. */
  #enqueue(job: () => Outcome): void {
    if (this.#done) return;
    this.#queue.push(async () => {
      let step: (() => Outcome) | undefined = job;
      while (step) step = await this.#step(step);
      if (this.#state?.done) this.#finish();
    });
  }

  /** One step; answers with the next one. An error of ARI's ends here, whatever it was. */
  async #step(step: () => Outcome): Promise<(() => Outcome) | undefined> {
    try {
      const event = await step();
      return event ? () => this.#machine.changeState(event) : undefined;
    } catch (error) {
      if (isGone(error)) return this.#channelNotFound();
      this.log.error({ err: error }, 'Call failed');
      if (this.#state?.done) return undefined;
      this.conclude('error');
      if (!this.#state) return () => this.#machine.start(this.#ending);
      return () => this.#machine.changeState(Event.FAILED);
    }
  }

  /** "Not found" is the caller hanging up; the event that says so may be late, or lost. */
  async #channelNotFound(): Promise<undefined> {
    if (this.channel.hungUp) return;
    this.log.debug('Channel not found');
    this.#hangUp();
    await this.channel
      .hangupAnyway()
      .catch((error: unknown) => this.log.warn({ err: error }, 'Could not hang up'));
  }

  /** Another daemon has the call: this one does nothing more about it, and tells nobody how it ends. */
  abandon(): void {
    this.#stop();
  }

  #finish(): void {
    if (this.#done) return;
    this.#stop();
    this.#onDone();
  }

  #stop(): void {
    this.#done = true;
    this.#queue.clear();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  readonly #observer: Observer<CallState> = {
    entering: (state, by) => {
      this.#stateLog = this.#logOf(state.name);
      this.#limitTime(state, by?.from);
      if (by) this.#stateLog.debug({ from: by.from.name, event: by.event }, 'State changed');
    },
    ignored: (_state, event) => this.log.debug({ event }, 'Ignoring event'),
  };

  /** As long as two talk, or somebody leaves a message; how long a phone rings, the dialplan says. */
  #limitTime(state: CallState, from: CallState | undefined): void {
    if (state === this.#dialing || (this.#tooLongAt < Infinity && from !== this.#conversing)) return;
    const { maxSeconds } = this.config;
    const isUnlimited = state === this.#conversing || maxSeconds === 0;
    const seconds = isUnlimited ? LONGEST_SECONDS : maxSeconds + LONGEST_TRIES_SECONDS;
    this.#tooLongAt = performance.now() + seconds * 1000;
  }

  /** Every transition there is. Whatever is not listed changes nothing. */
  #setupStateMachine(): StateMachine<CallState> {
    const dialing = this.#dialing;
    const conversing = this.#conversing;
    const recording = this.#recording;
    const reviewing = this.#reviewing;
    const copying = this.#copying;
    const ending = this.#ending;
    const hungup = this.#hungup;

    const machine = new StateMachine<CallState>(this.#observer);
    machine.addTransition(dialing, Event.ANSWERED, conversing);
    machine.addTransition(dialing, Event.NO_ANSWER, recording);
    machine.addTransition(dialing, Event.FAILED, recording);
    machine.addTransition(dialing, Event.HANGUP, hungup);
    machine.addTransition(conversing, Event.DTMF_OCTOTHORPE, ending);
    machine.addTransition(conversing, Event.OWNER_HANGUP, ending);
    machine.addTransition(conversing, Event.TOO_LONG, ending);
    machine.addTransition(conversing, Event.NO_ANSWER, recording);
    machine.addTransition(conversing, Event.FAILED, recording);
    machine.addTransition(conversing, Event.HANGUP, hungup);
    machine.addTransition(recording, Event.DTMF_OCTOTHORPE, reviewing);
    machine.addTransition(recording, Event.RECORDING_FINISHED, reviewing);
    machine.addTransition(recording, Event.DTMF_STAR, recording);
    machine.addTransition(recording, Event.NOTHING_RECORDED, recording);
    machine.addTransition(recording, Event.STORAGE_FAILED, recording);
    machine.addTransition(recording, Event.DTMF_9, ending);
    machine.addTransition(recording, Event.NOTHING_SAID, ending);
    machine.addTransition(recording, Event.TOO_LONG, ending);
    machine.addTransition(recording, Event.FAILED, ending);
    machine.addTransition(recording, Event.HANGUP, hungup);
    machine.addTransition(reviewing, Event.DTMF_OCTOTHORPE, ending);
    machine.addTransition(reviewing, Event.TIMEOUT, ending);
    machine.addTransition(reviewing, Event.DTMF_9, ending);
    machine.addTransition(reviewing, Event.DTMF_STAR, recording);
    machine.addTransition(reviewing, Event.STORAGE_FAILED, recording);
    machine.addTransition(reviewing, Event.DTMF_2, reviewing);
    machine.addTransition(reviewing, Event.DTMF_0, copying);
    machine.addTransition(reviewing, Event.TOO_LONG, ending);
    machine.addTransition(reviewing, Event.FAILED, ending);
    machine.addTransition(reviewing, Event.HANGUP, hungup);
    machine.addTransition(copying, Event.DTMF_OCTOTHORPE, reviewing);
    machine.addTransition(copying, Event.DTMF_STAR, reviewing);
    machine.addTransition(copying, Event.TIMEOUT, reviewing);
    machine.addTransition(copying, Event.STORAGE_FAILED, recording);
    machine.addTransition(copying, Event.TOO_LONG, ending);
    machine.addTransition(copying, Event.FAILED, ending);
    machine.addTransition(copying, Event.HANGUP, hungup);
    machine.addTransition(ending, Event.HANGUP, hungup);
    return machine;
  }
}
