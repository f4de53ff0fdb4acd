/**
 * A model of the contract (the README's keys, settings and channel variables), small and without any code of
 * the daemon's: what a caller does, in; what must be on disk and what the dialplan is told, out. It has no
 * messages, events or operations: just the call's phase, and the next moment at which something happens by
 * itself.
 */
import type { Action, Settings } from './key-sequence.ts';
import { isMessage, lengthOf, ownEnd, type Piece, recorded, type Take, type Tone } from './model-take.ts';

/** What the model has to know of the Asterisk around the call, in seconds. */
export interface World {
  readonly beep: number;
  readonly cue: number;
  /** Every spoken sound. */
  readonly sound: number;
  /** From one key to the next, or to what the caller does then. */
  readonly keySeconds: number;
  /** How much later than at once everything begins that the daemon begins (or earlier, if negative). */
  readonly lag: number;
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
  | { name: 'recording'; from: number }
  | { name: 'paused'; resumesAt?: number }
  | { name: 'reviewing' | 'ending'; until: number }
  | { name: 'copying'; digits: string; until: number }
  | { name: 'over' };

/** Spoken sounds in each prompt. */
const SOUNDS = { intro: 1, tooShort: 1, reviewKeys: 1, copyTo: 3, answer: 1, closing: 1, goodbye: 1 };

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

const LONGEST_MAILBOX = 32;

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
  readonly #tones: Tone[] = [];
  readonly #copies: ModelMessage[] = [];
  readonly #lines: { line: string; at: number }[] = [];
  #now = 0;
  #phase: Phase = { name: 'over' };
  #takes = 0;
  /** The take being made, as far as it is recorded. */
  #take: Take = { number: 0, pieces: [], seconds: 0 };
  #kept: Take | undefined;
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
        this.#tones.push({ hz: action.hz, from: begin, to: begin + action.seconds });
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
      case 'hang up':
        this.#hangUp();
    }
    return begin;
  }

  result(): Omit<Prediction, 'begins'> {
    const own = this.#kept && { mailbox: this.#mailbox, take: this.#kept.number, pieces: this.#kept.pieces };
    const discarded = this.#reason === 'discarded';
    return {
      messages: [...(own ? [own] : []), ...this.#copies],
      status: discarded ? 'USEREXIT' : own ? 'SUCCESS' : 'FAILED',
      reason: this.#reason,
      kept: own?.take,
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
        return ownEnd(phase.from, this.#take, this.#tones, this.#settings);
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
    switch (this.#phase.name) {
      case 'prompting':
        this.#takes += 1;
        this.#take = { number: this.#takes, pieces: [], seconds: 0 };
        this.#lines.push({ line: 'Recording voicemail', at: this.#now });
        this.#phase = { name: 'recording', from: this.#now };
        break;
      case 'recording':
        this.#record();
        if (!this.#settle() && !this.#kept) return this.#end('silence');
        return this.#review();
      case 'paused':
        this.#lines.push({ line: 'Unpausing recording', at: this.#now });
        this.#phase = { name: 'recording', from: this.#now };
        break;
      case 'reviewing':
        return this.#end('timeout');
      case 'copying':
        this.#say('answer');
        return this.#review();
      case 'ending':
        this.#phase = { name: 'over' };
        break;
      case 'over':
    }
  }

  // The caller.

  #press(key: string): void {
    const phase = this.#phase;
    switch (phase.name) {
      case 'prompting':
        if (key === '9') this.#discard();
        else phase.beepFrom = Math.min(phase.beepFrom, this.#now + this.#world.lag);
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
        this.#record();
        if (!this.#settle()) this.#say('tooShort');
        return this.#kept ? this.#review() : this.#prompt();
      case '*':
        return this.#prompt();
      case '5':
        if (this.#phase.name === 'paused') {
          const resumesAt = this.#now + this.#world.cue + this.#world.lag;
          this.#phase = { name: 'paused', ...(this.#phase.resumesAt === undefined && { resumesAt }) };
        } else {
          this.#record();
          this.#lines.push({ line: 'Pausing recording', at: this.#now });
          this.#phase = { name: 'paused' };
        }
        break;
      case '9':
        this.#discard();
    }
  }

  #pressInReview(meaning: string | undefined): void {
    if (meaning === 'accept') this.#end('accepted');
    if (meaning === 'again') this.#prompt();
    if (meaning === 'listen') this.#review();
    if (meaning === 'discard') this.#discard();
    if (meaning !== 'copy') return;
    this.#say('copyTo');
    this.#lines.push({ line: 'Entering copying state', at: this.#now });
    this.#phase = { name: 'copying', digits: '', until: this.#quietAfter(this.#spoken()) };
  }

  #pressInCopying(phase: Phase & { name: 'copying' }, key: string): void {
    if (key === '#') this.#copy(phase.digits);
    else if (key !== '*') {
      phase.digits += key;
      phase.until = this.#quietAfter(0);
      return;
    }
    this.#say('answer');
    this.#review();
  }

  #hangUp(): void {
    if (this.#phase.name === 'over') return;
    this.#hungUp = true;
    if (this.#phase.name === 'recording') this.#record();
    if (['recording', 'paused'].includes(this.#phase.name)) this.#settle();
    this.#phase = { name: 'over' };
  }

  // What follows.

  #prompt(): void {
    this.#phase = { name: 'prompting', beepFrom: this.#now + this.#spoken() + this.#world.lag };
  }

  #review(): void {
    this.#lines.push({ line: 'Entering reviewing state', at: this.#now });
    if (this.#settings.keys === 'asterisk') this.#say('reviewKeys');
    const length = this.#spoken() + lengthOf(this.#kept?.pieces ?? []);
    this.#phase = { name: 'reviewing', until: this.#quietAfter(length) };
  }

  #end(reason: string): void {
    this.#reason = reason;
    this.#say('closing');
    if (this.#settings.whenDone === 'hangup') this.#say('goodbye');
    this.#phase = { name: 'ending', until: this.#now + this.#spoken() + this.#world.lag };
  }

  #discard(): void {
    this.#kept = undefined;
    this.#end('discarded');
  }

  #record(): void {
    if (this.#phase.name !== 'recording') return;
    this.#take = recorded(this.#take, this.#phase.from, this.#now, this.#tones);
  }

  /** Whether the take is a message; then it is the one that counts. */
  #settle(): boolean {
    if (!isMessage(this.#take, this.#settings)) return false;
    this.#kept = this.#take;
    return true;
  }

  #copy(mailbox: string): void {
    const { mailboxes } = this.#settings;
    const exists =
      mailbox !== '' &&
      mailbox.length <= LONGEST_MAILBOX &&
      (mailboxes.length === 0 || mailboxes.includes(mailbox));
    if (!exists || mailbox === this.#mailbox || !this.#kept) return;
    const { number: take, pieces } = this.#kept;
    if (this.#copies.some((copy) => copy.mailbox === mailbox && copy.take === take)) return;
    this.#copies.push({ mailbox, take, pieces });
  }

  #quietAfter(seconds: number): number {
    return this.#now + seconds + this.#settings.reviewTimeoutSeconds + this.#world.lag;
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
