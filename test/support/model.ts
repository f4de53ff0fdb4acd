/**
 * A model of the contract (the README's keys, settings and channel variables), small and without any code of
 * the daemon's: what a caller does, in; what must be on disk and what the dialplan is told, out. It has no
 * messages, events or operations: just the call's phase, and the next moment at which something happens by
 * itself.
 */
import type { Action, Settings } from './key-sequence.ts';
import { ModelLine, type Piece } from './model-line.ts';
import {
  judge,
  lengthOf,
  newPart,
  newTake,
  ownEnd,
  type Part,
  partAfterGap,
  recorded,
  type Take,
  type TakeResult,
} from './model-take.ts';

/** What the model has to know of the Asterisk around the call, in seconds. */
export interface World {
  readonly beep: number;
  readonly cue: number;
  /** Every spoken sound. */
  readonly sound: number;
  /** From one key to the next, or to what the caller does then. */
  readonly keySeconds: number;
  /**
   * How much later than at once everything begins that the daemon begins (or earlier, if negative): asked anew each
   * time.
   */
  readonly lag: () => number;
  /** A caller who has done everything waits this long for the call to end, and hangs up. */
  readonly patience: number;
}

export interface ModelMessage {
  readonly mailbox: string;
  /** 1, 2, ...: the take that it is, which is in its name. */
  readonly take: number;
  readonly pieces: readonly Piece[];
}

export interface Prediction {
  readonly messages: readonly ModelMessage[];
  readonly status: 'SUCCESS' | 'USEREXIT' | 'FAILED';
  readonly reason: string;
  /** The take that is the call's own message. */
  readonly kept: number | undefined;
  /** Whether it was the caller who ended the call. */
  readonly hungUp: boolean;
  /** What the daemon logs, and when: `Recording voicemail`, `Entering reviewing state`, ... */
  readonly lines: readonly { readonly line: string; readonly at: number }[];
  /** When each action begins. */
  readonly begins: readonly number[];
}

type Phase =
  | { name: 'prompting'; beepFrom: number }
  | { name: 'recording'; part: Part }
  | { name: 'paused'; resumesAt?: number }
  /** The message is played from `playsAt` on. */
  | { name: 'reviewing'; playsAt: number; until: number; untilIfMissing: number }
  | { name: 'ending'; until: number }
  | { name: 'copying'; digits: string; until: number }
  | { name: 'over' };

/** Spoken sounds in each prompt. */
const SOUNDS = {
  ...{ intro: 1, tooShort: 1, tryAgain: 2, reviewAsteriskKeys: 1, reviewTutorialKeys: 5 },
  ...{ copyTo: 3, copied: 1, notCopied: 1, copyFailed: 2, closing: 1, tryLater: 2, goodbye: 1 },
};
/** A caller may try again until storing has failed so often. */
const MOST_FAILURES = 2;
/** The playback of a recording that is not there is taken for ended after its length, and this. */
const END_NEVER_TOLD_SECONDS = 20;

const REVIEW_KEYS: Record<Settings['keys'], Record<string, string>> = {
  tutorial: { '#': 'accept', '*': 'again', '0': 'copy', '9': 'discard' },
  asterisk: {
    ...{
      '1': 'accept',
      '#': 'accept',
      '2': 'listen',
      '3': 'again',
      '*': 'again',
      '8': 'copy',
      '9': 'discard',
    },
  },
};

const MOST_COPIES = 5;
const MOST_REFUSALS = 3;

/** What becomes of a caller who does `actions`. */
export function predict(
  mailbox: string,
  actions: readonly Action[],
  settings: Settings,
  world: World,
): Prediction {
  const call = new ModelCall(mailbox, settings, world);
  const begins = actions.map((action) => call.act(action));
  call.act({ do: 'wait', seconds: world.patience });
  call.act({ do: 'hang up' });
  return { ...call.result(), begins };
}

class ModelCall {
  readonly #mailbox: string;
  readonly #settings: Settings;
  readonly #world: World;
  readonly #line = new ModelLine();
  readonly #copies: ModelMessage[] = [];
  readonly #lines: { line: string; at: number }[] = [];
  #now = 0;
  #phase: Phase = { name: 'over' };
  #takes = 0;
  /** The take being made, as far as it is recorded. */
  #take = newTake(0);
  #kept: Take | undefined;
  /** Takes that stay beside it. */
  #alsoKept: Take[] = [];
  #failures = 0;
  /** Wrong numbers dialled for a copy. */
  #refusals = 0;
  #reviews = 0;
  #reason = 'hangup';
  #hungUp = false;
  /** Spoken sounds that wait for the next state to begin. */
  #waiting = 0;

  constructor(mailbox: string, settings: Settings, world: World) {
    this.#mailbox = mailbox;
    this.#settings = settings;
    this.#world = world;
    this.#say('intro');
    this.#prompt();
  }

  /** Does it, and answers when it began. */
  act(action: Action): number {
    const begin = this.#now;
    switch (action.do) {
      case 'say':
        this.#line.say(action.hz, action.levelDb, begin, begin + action.seconds);
        this.#pass(action.seconds);
        break;
      case 'wait':
        this.#pass(action.seconds);
        break;
      case 'press':
        for (const key of action.keys) {
          this.#press(key);
          this.#pass(this.#world.keySeconds);
        }
        break;
      case 'mute':
        this.#line.mute(begin);
        break;
      case 'unmute':
        this.#line.unmute(begin);
        break;
      case 'remove':
        this.#remove();
        break;
      case 'hang up':
        this.#hangUp();
    }
    return begin;
  }

  result(): Omit<Prediction, 'begins'> {
    const own = [...(this.#kept ? [this.#kept] : []), ...this.#alsoKept].filter(({ isThere }) => isThere);
    const discarded = this.#reason === 'discarded';
    return {
      messages: [
        ...own.map(({ number, pieces }) => ({ mailbox: this.#mailbox, take: number, pieces })),
        ...this.#copies,
      ],
      status: discarded ? 'USEREXIT' : this.#kept ? 'SUCCESS' : 'FAILED',
      reason: this.#reason,
      kept: this.#kept?.number,
      hungUp: this.#hungUp,
      lines: this.#lines,
    };
  }

  // Time.

  #pass(seconds: number): void {
    const until = this.#now + seconds;
    for (let due = this.#due(); due <= until; due = this.#due()) {
      this.#now = Math.max(this.#now, due);
      this.#happen();
    }
    this.#now = until;
  }

  /** When something happens by itself. */
  #due(): number {
    const phase = this.#phase;
    switch (phase.name) {
      case 'prompting':
        return phase.beepFrom + this.#world.beep;
      case 'recording':
        return ownEnd(phase.part, this.#take, this.#line, this.#settings).knownAt;
      case 'paused':
        return phase.resumesAt ?? Infinity;
      case 'reviewing':
      case 'copying':
      case 'ending':
        return phase.until;
      case 'over':
        return Infinity;
    }
  }

  #happen(): void {
    const phase = this.#phase;
    switch (phase.name) {
      case 'prompting':
        this.#takes += 1;
        this.#take = newTake(this.#takes);
        this.#lines.push({ line: 'Recording voicemail', at: this.#now });
        return this.#recordOn();
      case 'recording': {
        const { at, isGap } = ownEnd(phase.part, this.#take, this.#line, this.#settings);
        this.#record(at);
        return isGap ? this.#goOnAfterGap(phase.part) : this.#ended();
      }
      case 'paused':
        this.#lines.push({ line: 'Unpausing recording', at: this.#now });
        return this.#recordOn();
      case 'reviewing':
        return this.#accept('timeout');
      case 'copying':
        this.#say('notCopied');
        return this.#review();
      case 'ending':
        this.#phase = { name: 'over' };
        break;
      case 'over':
    }
  }

  #recordOn(): void {
    this.#phase = { name: 'recording', part: newPart(this.#now, this.#world.lag(), this.#settings) };
  }

  #goOnAfterGap(part: Part): void {
    const next = partAfterGap(part, this.#now, this.#world.lag(), this.#line, this.#settings);
    this.#phase = { name: 'recording', part: next };
  }

  /** Nobody but the recording itself has ended it. */
  #ended(): void {
    if (this.#settle() === 'missing') return this.#failed();
    return this.#kept ? this.#review() : this.#end('silence');
  }

  // The caller.

  #press(key: string): void {
    const phase = this.#phase;
    switch (phase.name) {
      case 'prompting':
        if (key === '9') this.#discard();
        else phase.beepFrom = Math.min(phase.beepFrom, this.#now + this.#world.lag());
        break;
      case 'recording':
      case 'paused':
        this.#pressInRecording(key);
        break;
      case 'reviewing':
        this.#pressInReview(REVIEW_KEYS[this.#settings.keys][key]);
        break;
      case 'copying':
        this.#pressInCopying(phase, key);
        break;
      case 'ending':
        this.#phase = { name: 'over' };
        break;
      case 'over':
    }
  }

  #pressInRecording(key: string): void {
    switch (key) {
      case '#':
        this.#record(this.#now + this.#world.lag());
        return this.#stopped(this.#settle());
      case '*':
        return this.#prompt();
      case '5':
        if (this.#phase.name === 'paused') {
          const resumesAt = this.#now + this.#world.cue + this.#world.lag();
          this.#phase = { name: 'paused', ...(this.#phase.resumesAt === undefined && { resumesAt }) };
        } else {
          this.#record(this.#now + this.#world.lag());
          this.#lines.push({ line: 'Pausing recording', at: this.#now });
          this.#phase = { name: 'paused' };
        }
        break;
      case '9':
        this.#discard();
    }
  }

  #pressInReview(meaning: string | undefined): void {
    if (meaning === 'accept') this.#accept('accepted');
    if (meaning === 'again') this.#prompt();
    if (meaning === 'listen') this.#review();
    if (meaning === 'discard') this.#discard();
    if (meaning !== 'copy' || this.#settings.mailboxes.length === 0) return;
    if (!this.#kept?.isThere) return this.#failed();
    this.#say('copyTo');
    this.#lines.push({ line: 'Entering copying state', at: this.#now });
    this.#phase = { name: 'copying', digits: '', until: this.#quietAfter(this.#spoken()) };
  }

  #pressInCopying(phase: Phase & { name: 'copying' }, key: string): void {
    if (key === '#') return this.#copy(phase.digits);
    if (key === '*') {
      this.#say('notCopied');
      return this.#review();
    }
    phase.digits += key;
    phase.until = this.#quietAfter(0);
  }

  #hangUp(): void {
    if (this.#phase.name === 'over') return;
    this.#hungUp = true;
    if (this.#phase.name === 'recording') this.#record();
    if (['recording', 'paused'].includes(this.#phase.name)) this.#settle();
    this.#phase = { name: 'over' };
  }

  // Somebody else.

  /** Empties the mailbox, and takes away what is being recorded, too. */
  #remove(): void {
    if (this.#kept) this.#kept = { ...this.#kept, isThere: false };
    this.#alsoKept = [];
    const phase = this.#phase;
    if (phase.name === 'recording') phase.part = { ...phase.part, isRemoved: true };
    else this.#take = { ...this.#take, isThere: false };
    if (phase.name === 'reviewing' && this.#now < phase.playsAt) phase.until = phase.untilIfMissing;
  }

  // What follows.

  #prompt(): void {
    this.#phase = { name: 'prompting', beepFrom: this.#now + this.#spoken() + this.#world.lag() };
  }

  #review(): void {
    // The first time, it has just been stored.
    if (this.#reviews++ > 0 && !this.#kept?.isThere) return this.#failed();
    this.#lines.push({ line: 'Entering reviewing state', at: this.#now });
    const playsAt = this.#now + this.#spoken();
    this.#say(this.#settings.keys === 'asterisk' ? 'reviewAsteriskKeys' : 'reviewTutorialKeys');
    const [rest, { pieces, clock }] = [this.#spoken(), this.#kept ?? newTake(0)];
    const after = (seconds: number) => playsAt + seconds + rest - this.#now;
    const untilIfMissing = this.#quietAfter(after(clock + END_NEVER_TOLD_SECONDS));
    const until = this.#kept?.isThere ? this.#quietAfter(after(lengthOf(pieces))) : untilIfMissing;
    this.#phase = { name: 'reviewing', playsAt, until, untilIfMissing };
  }

  #accept(reason: string): void {
    if (this.#kept?.isThere) this.#end(reason);
    else this.#failed();
  }

  #end(reason: string): void {
    this.#reason = reason;
    if (reason === 'storage') this.#say('tryLater');
    if (reason !== 'storage' || this.#kept) this.#say('closing');
    if (this.#settings.whenDone === 'hangup') this.#say('goodbye');
    this.#phase = { name: 'ending', until: this.#now + this.#spoken() + this.#world.lag() };
  }

  #discard(): void {
    this.#kept = undefined;
    this.#alsoKept = [];
    this.#end('discarded');
  }

  #record(to = this.#now): void {
    if (this.#phase.name !== 'recording') return;
    this.#take = recorded(this.#take, this.#phase.part, to, this.#world.lag(), this.#line);
  }

  /** What becomes of the take: from a message on, it is the one that counts. */
  #settle(): TakeResult {
    const result = judge(this.#take, this.#kept !== undefined, this.#world.lag(), this.#settings);
    if (result === 'message') this.#kept = this.#take;
    if (result === 'doubtful') this.#alsoKept.push(this.#take);
    return result;
  }

  #stopped(result: TakeResult): void {
    if (result === 'missing') return this.#failed();
    if (result === 'short') this.#say('tooShort');
    return this.#kept ? this.#review() : this.#prompt();
  }

  /** What was recorded is not there. */
  #failed(): void {
    if (!this.#kept?.isThere) this.#kept = undefined;
    if (++this.#failures >= MOST_FAILURES) return this.#end('storage');
    this.#say('tryAgain');
    return this.#kept ? this.#review() : this.#prompt();
  }

  #copy(mailbox: string): void {
    const { mailboxes } = this.#settings;
    const exists = mailboxes.includes(mailbox) && mailbox !== this.#mailbox;
    const isTooMuch = this.#copies.length >= MOST_COPIES || this.#refusals >= MOST_REFUSALS;
    if (!exists || isTooMuch || !this.#kept) {
      if (!isTooMuch) this.#refusals += 1;
      this.#say('copyFailed');
      return this.#review();
    }
    const { number: take, pieces, isThere } = this.#kept;
    const isCopied = this.#copies.some((copy) => copy.mailbox === mailbox && copy.take === take);
    if (!isCopied && !isThere) return this.#failed();
    if (!isCopied) this.#copies.push({ mailbox, take, pieces });
    this.#say('copied');
    return this.#review();
  }

  #quietAfter(seconds: number): number {
    return this.#now + seconds + this.#settings.reviewTimeoutSeconds + this.#world.lag();
  }

  #say(prompt: keyof typeof SOUNDS): void {
    if (this.#settings.prompts === 'on') this.#waiting += SOUNDS[prompt] * this.#world.sound;
  }

  /** How long what waits to be said takes; it waits no longer. */
  #spoken(): number {
    const seconds = this.#waiting;
    this.#waiting = 0;
    return seconds;
  }
}
