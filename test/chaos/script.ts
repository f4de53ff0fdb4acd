/** What a caller does in a call, by seed: speaks, and presses keys as a person who listens does. */
import { type ConversationScript, conversationScript, describeConversation } from './conversation-script.ts';
import { TONE_DB } from '../../asterisk/sandbox/wav.ts';
import { Dice } from './dice.ts';

/** One thing that a caller does, and what the caller then waits for: not for ever, since keys are lost in an outage. */
export type Act =
  /** As soon as it is being recorded. */
  | { readonly do: 'speak'; readonly hz: number; readonly seconds: number; readonly levelDb: number }
  /** The same, and says nothing. */
  | { readonly do: 'keep silent'; readonly seconds: number }
  /** The phone sends nothing for so long, not even silence, while it is being recorded. */
  | { readonly do: 'mute'; readonly seconds: number }
  | {
      readonly do: 'press';
      readonly keys: string;
      readonly until?: 'no recording' | 'recording' | 'new take';
    }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'await the end' };

/** Every call ends with a hangup, if the daemon does not end it before. */
export interface Script {
  readonly mailbox: string;
  readonly acts: readonly Act[];
  /** Whom the caller wants to talk to; the acts are for who does not reach anybody. */
  readonly conversation?: ConversationScript;
}

/** A desk asks for the mailbox, says who calls, and puts the caller through, who goes on with the message. */
export interface DeskScript extends Script {
  readonly deskHz: number;
  readonly callerHz: number;
  /** How long each of the two speaks. */
  readonly seconds: number;
  /** Between the desk's last word and the transfer. */
  readonly pauseSeconds: number;
  readonly ends: 'hangup' | '#';
}

/** Those of the sandbox's dialplan: 300 to 399. */
const FIRST_MAILBOX = 300;
const MAILBOXES = 100;
/** Of Hz; far enough from each other to be told apart, and no two of one call are the same. */
const TONES = Array.from({ length: 24 }, (_, n) => 400 + 90 * n);
/** Whoever speaks at least that long leaves a message, wherever in a second it begins. */
const SPEAK_SECONDS = [2, 2.5, 3] as const;
const MOST_TURNS = 3;
/** So many callers of a hundred say nothing, or speak low; and so many turns of a hundred are followed by a gap. */
const SILENT_PERCENT = 6;
const QUIET_PERCENT = 15;
const GAP_PERCENT = 12;
/** A voice far from the phone; the least that is found in a recording for certain. */
const QUIET_DB = -40;
/** Asterisk gives up a recording after 4 s without anything. */
const GAP_SECONDS = [1, 5, 7] as const;

/** What the `number`-th caller does. */
export function script(seed: number, number: number): Script {
  const dice = new Dice(seed + 1).fork(number);
  const mailbox = String(FIRST_MAILBOX + (number % MAILBOXES));
  const conversation = conversationScript(seed, number);
  const tones = dice.shuffle(TONES);
  const acts: Act[] = [];
  for (let turn = 1; ; turn++) {
    const seconds = dice.pick(SPEAK_SECONDS);
    acts.push({ do: 'speak', hz: tones.shift() ?? 0, seconds, levelDb: TONE_DB });
    if (turn === MOST_TURNS || !speakAgain(dice, acts)) {
      const phone = new Dice(seed + 3).fork(number);
      return { mailbox, acts: byPhone(acts, phone), ...(conversation && { conversation }) };
    }
  }
}

/** What the desk and the `number`-th caller whom it puts through do. */
export function deskScript(seed: number, number: number): DeskScript {
  const dice = new Dice(seed + 4).fork(number);
  const mailbox = String(FIRST_MAILBOX + dice.between(0, MAILBOXES - 1));
  const [deskHz = 0, callerHz = 0] = dice.shuffle(TONES);
  const seconds = dice.pick(SPEAK_SECONDS);
  const pauseSeconds = dice.between(0, 20) / 10;
  const ends = dice.pick<DeskScript['ends']>(['hangup', '#']);
  const said = [deskHz, callerHz].map((hz): Act => ({ do: 'speak', hz, seconds, levelDb: TONE_DB }));
  const acts = ends === '#' ? [...said, { do: 'press', keys: '#' } as const] : said;
  return { mailbox, acts, deskHz, callerHz, seconds, pauseSeconds, ends };
}

/** What the phone, and who holds it, make of what is to be said. */
function byPhone(acts: readonly Act[], dice: Dice): Act[] {
  const isSilent = dice.chance(SILENT_PERCENT / 100);
  const levelDb = dice.chance(QUIET_PERCENT / 100) ? QUIET_DB : TONE_DB;
  return acts.flatMap((act): Act[] => {
    if (act.do !== 'speak') return [act];
    const said: Act = isSilent ? { do: 'keep silent', seconds: act.seconds } : { ...act, levelDb };
    if (!dice.chance(GAP_PERCENT / 100)) return [said];
    return dice.shuffle([said, { do: 'mute', seconds: dice.pick(GAP_SECONDS) }]);
  });
}

/** What follows when something has been said; answers whether the caller speaks once more. */
function speakAgain(dice: Dice, acts: Act[]): boolean {
  acts.push(wait(dice, 0, 1));
  switch (dice.pick(['hang up', 'hang up', 'await', '9', '*', '5', '#', '#', '#', '#'])) {
    case 'hang up':
      return false;
    case 'await':
      acts.push({ do: 'wait', seconds: 2 });
      return false;
    case '9':
      acts.push({ do: 'press', keys: '9' }, { do: 'await the end' });
      return false;
    case '*':
      acts.push({ do: 'press', keys: '*', until: 'new take' });
      return true;
    case '5':
      acts.push({ do: 'press', keys: '5', until: 'no recording' }, wait(dice, 0, 2));
      acts.push({ do: 'press', keys: '5', until: 'recording' });
      return true;
    default:
      acts.push({ do: 'press', keys: '#', until: 'no recording' });
      return review(dice, acts);
  }
}

/** What the caller does with the message; answers whether the caller speaks once more. */
function review(dice: Dice, acts: Act[]): boolean {
  acts.push(wait(dice, 0, 2.5));
  switch (dice.pick(['hang up', '#', 'await', '9', '*', '*', '0'])) {
    case 'hang up':
      return false;
    case '*':
      acts.push({ do: 'press', keys: '*', until: 'new take' });
      return true;
    case '0':
      acts.push({ do: 'press', keys: '0' }, wait(dice, 0.3, 1));
      acts.push({ do: 'press', keys: `${FIRST_MAILBOX + dice.between(0, MAILBOXES - 1)}#` });
      return review(dice, acts);
    case '#':
      acts.push({ do: 'press', keys: '#' });
      break;
    case '9':
      acts.push({ do: 'press', keys: '9' });
  }
  acts.push({ do: 'await the end' });
  return false;
}

function wait(dice: Dice, least: number, most: number): Act {
  return { do: 'wait', seconds: dice.between(least * 10, most * 10) / 10 };
}

/** For people: one line. */
export function describeScript({ mailbox, acts, conversation }: Script): string {
  const words = acts.map((act) => {
    if (act.do === 'speak') {
      return `${act.hz} Hz ${act.seconds} s${act.levelDb === TONE_DB ? '' : ` at ${act.levelDb} dB`}`;
    }
    if (act.do === 'press') return act.keys;
    if (act.do === 'mute' || act.do === 'keep silent') return `${act.do} ${act.seconds} s`;
    return act.do === 'wait' ? `(${act.seconds} s)` : '(until the end)';
  });
  const talk = conversation ? `${describeConversation(conversation)}, or else ` : '';
  return `${mailbox}: ${talk}${words.join(', ')}`;
}
