/** What happens when a caller calls an owner, by seed: who answers, what both say, and which keys the owner presses. */
import { Dice } from './dice.ts';

/** What becomes of a telephone that rings. */
export type PhoneScript = 'answer' | 'busy' | 'silent';

/** What one of the two does, the other listening. */
export type Turn =
  | { readonly by: 'caller' | 'owner'; readonly hz: number; readonly seconds: number }
  /** The owner; `0` until it is being recorded, and `7` and `9` until it is not. */
  | { readonly press: '0' | '5' | '6' | '7' | '9' | '#' }
  | { readonly hangup: 'caller' | 'owner' };

export interface ConversationScript {
  readonly phones: readonly PhoneScript[];
  /** How long they ring. */
  readonly timeoutSeconds: number;
  /** After so long, what becomes of them does. */
  readonly ringSeconds: number;
  /** The caller hangs up at about that moment. */
  readonly givesUp: boolean;
  readonly turns: readonly Turn[];
}

/** So many callers of a hundred. */
const CONVERSATION_PERCENT = 35;
/** Not those of the callers' messages, so that it is seen who has left what. */
const TONES = Array.from({ length: 24 }, (_, n) => 445 + 90 * n);
const SPEAK_SECONDS = [2, 2.5] as const;

/** That of the `number`-th caller; undefined for one who only wants to leave a message. */
export function conversationScript(seed: number, number: number): ConversationScript | undefined {
  const dice = new Dice(seed + 2).fork(number);
  if (!dice.chance(CONVERSATION_PERCENT / 100)) return undefined;
  const phones = Array.from({ length: dice.between(1, 3) }, () =>
    dice.pick<PhoneScript>(['answer', 'answer', 'answer', 'busy', 'silent']),
  );
  return {
    phones,
    timeoutSeconds: dice.between(4, 8),
    ringSeconds: dice.between(1, 30) / 10,
    givesUp: dice.chance(0.15),
    turns: turns(dice),
  };
}

function turns(dice: Dice): Turn[] {
  const tones = dice.shuffle(TONES);
  const done: Turn[] = [];
  const speak = (by: 'caller' | 'owner') =>
    done.push({ by, hz: tones.shift() ?? 0, seconds: dice.pick(SPEAK_SECONDS) });
  const talk = () => dice.shuffle(['caller', 'owner'] as const).forEach(speak);
  for (let recordings = dice.between(0, 2); recordings > 0; recordings--) {
    done.push({ press: '0' });
    talk();
    const key = dice.pick(['', '', '5', '6', '7', '7', '9'] as const);
    if (key !== '') done.push({ press: key });
    if (key !== '' && dice.chance(0.5)) speak('owner');
    if (key === '5' || key === '6') done.push({ press: key }, { press: '7' });
  }
  const end = dice.pick(['caller', 'owner', '#'] as const);
  done.push(end === '#' ? { press: '#' } : { hangup: end });
  return done;
}

/** For people. */
export function describeConversation({ phones, givesUp, turns }: ConversationScript): string {
  const words = turns.map((turn) => {
    if ('press' in turn) return turn.press;
    return 'hangup' in turn ? `${turn.hangup} hangs up` : `${turn.by} ${turn.hz} Hz ${turn.seconds} s`;
  });
  return `dials ${phones.join(' & ')}${givesUp ? ', gives up' : ''}: ${words.join(', ')}`;
}
