/** What a caller does in a random call, and under which settings: how it is made up, carried out, and printed. */
import fc from 'fast-check';
import { TONE_DB } from '../../asterisk/sandbox/wav.ts';
import type { Caller } from './stage.ts';

export type Action =
  | { readonly do: 'say'; readonly hz: number; readonly seconds: number; readonly levelDb: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'press'; readonly keys: string }
  /** Nothing comes from the phone any more, not even silence, and what is said is not heard. */
  | { readonly do: 'mute' | 'unmute' }
  /** Somebody else deletes all that is in the mailbox. */
  | { readonly do: 'remove' }
  | { readonly do: 'hang up' };

/** The settings that matter to a call; 0 as in the contract. */
export interface Settings {
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly maxSilenceSeconds: number;
  readonly reviewTimeoutSeconds: number;
  readonly prompts: 'on' | 'off';
  readonly keys: 'tutorial' | 'asterisk';
  readonly whenDone: 'hangup' | 'continue';
  /** Empty = every valid name. */
  readonly mailboxes: readonly string[];
}

/** The mailbox that every caller dials, unless the stage needs one for each. */
export const OWN_MAILBOX = '305';

/** Each tone is another one, so that it can be found again. Room for 20 between 400 and 3000 Hz. */
const toneOf = (n: number) => 400 + 120 * n;

/** A step before it has a tone of its own. */
type Step =
  { say: number; levelDb: number } | { wait: number } | { press: string } | { do: 'mute' | 'remove' };

export interface StepLimits {
  /** In ms. */
  readonly say: readonly [number, number];
  readonly wait: readonly [number, number];
  readonly most: number;
  /** How loud people are, in dB; usual by default. */
  readonly levels?: readonly number[];
  /** Whether phones are muted, too. */
  readonly mutes?: boolean;
  /** Whether somebody removes messages. */
  readonly removes?: boolean;
}

/** As loud as usual; a voice far from the phone; whispers, one of them not heard by Asterisk; and the hum of a line. */
export const LEVELS_DB = [TONE_DB, TONE_DB, TONE_DB, TONE_DB, -41.3, -49.5, -50.1, -50.6, -54] as const;
/** One caller of so many says nothing. */
const SILENT_CALLER = 8;

/** Keys of every kind, the ones that move a call more often; the digits of a copy often in one go. */
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('#', '*', '5', '#', '*', '5', '0', '8', '3', '2', '1') },
  { weight: 1, arbitrary: fc.constantFrom('9', '4', '6', '7', 'A', 'D') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('0306#', '8306#', '0307*', '8307#', '0305#', '0#', '8*', '#0306##'),
  },
  { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...'##**550289'), minLength: 2, maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(...['08', '80'].map((way) => way + '3'.repeat(33))) },
);

/** Sequences of a caller's actions, perhaps with a hangup at the end. */
export function actions(limits: StepLimits): fc.Arbitrary<readonly Action[]> {
  const { say, wait, most, levels = [TONE_DB], mutes = false, removes = false } = limits;
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        say: fc.integer({ min: say[0], max: say[1] }),
        levelDb: fc.constantFrom(...levels),
      }),
    },
    { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: wait[0], max: wait[1] }) }) },
    { weight: 6, arbitrary: fc.record({ press: keys }) },
    { weight: mutes ? 2 : 0, arbitrary: fc.constant({ do: 'mute' as const }) },
    { weight: removes ? 2 : 0, arbitrary: fc.constant({ do: 'remove' as const }) },
  );
  const steps = fc.array(step, { maxLength: most, size: 'max' });
  return fc
    .tuple(steps, fc.boolean(), fc.nat(SILENT_CALLER - 1))
    .map(([list, hangsUp, n]) => [
      ...carriedOut(list, n === SILENT_CALLER - 1),
      ...(hangsUp ? [{ do: 'hang up' } as const] : []),
    ]);
}

/** @param isSilent the caller waits instead of speaking */
function carriedOut(steps: readonly Step[], isSilent: boolean): Action[] {
  let isMuted = false;
  return steps.map((step, n): Action => {
    if ('say' in step && isSilent) return { do: 'wait', seconds: step.say / 1000 };
    if ('say' in step) return { do: 'say', hz: toneOf(n), seconds: step.say / 1000, levelDb: step.levelDb };
    if ('wait' in step) return { do: 'wait', seconds: step.wait / 1000 };
    if ('press' in step) return { do: 'press', keys: step.press };
    if (step.do === 'remove') return { do: 'remove' };
    isMuted = !isMuted;
    return { do: isMuted ? 'mute' : 'unmute' };
  });
}

export const settings: fc.Arbitrary<Settings> = fc.record({
  minSeconds: fc.constantFrom(1, 0, 2, 3),
  maxSeconds: fc.constantFrom(0, 5, 3, 8),
  maxSilenceSeconds: fc.constantFrom(0, 2, 6, 0, 1, 3, 6),
  reviewTimeoutSeconds: fc.constantFrom(2, 1, 5),
  prompts: fc.constantFrom('off', 'on'),
  keys: fc.constantFrom('tutorial', 'asterisk'),
  whenDone: fc.constantFrom('hangup', 'continue'),
  mailboxes: fc.constantFrom([], [OWN_MAILBOX, '306'], [OWN_MAILBOX, '306']),
});

/** The same settings as the daemon reads them. */
export function environment(given: Settings): Record<string, string> {
  return {
    VM_MIN_SECONDS: String(given.minSeconds),
    VM_MAX_SECONDS: String(given.maxSeconds),
    VM_MAX_SILENCE_SECONDS: String(given.maxSilenceSeconds),
    VM_REVIEW_TIMEOUT_SECONDS: String(given.reviewTimeoutSeconds),
    VM_PROMPTS: given.prompts,
    VM_KEYS: given.keys,
    VM_WHEN_DONE: given.whenDone,
    VM_MAILBOXES: given.mailboxes.join(','),
  };
}

/** A key takes as long as the pause between two, whatever follows. */
export const KEY_SECONDS = 0.1;

/**
 * The caller does it.
 * @param remove empties the mailbox
 */
export async function perform(action: Action, caller: Caller, remove = () => {}): Promise<void> {
  switch (action.do) {
    case 'say':
      return caller.say(action.hz, action.seconds, action.levelDb);
    case 'mute':
      return caller.mute();
    case 'unmute':
      return caller.unmute();
    case 'remove':
      return remove();
    case 'wait':
      return caller.wait(action.seconds);
    case 'press':
      await caller.press(action.keys);
      return caller.wait(KEY_SECONDS);
    case 'hang up':
      return caller.hangup();
  }
}

/** As in `say 440 Hz 2 s, press #, hang up`. */
export function describeActions(list: readonly Action[]): string {
  const words = list.map((action) => {
    if (action.do === 'say') {
      const level = action.levelDb === TONE_DB ? '' : ` at ${action.levelDb} dB`;
      return `say ${action.hz} Hz ${action.seconds} s${level}`;
    }
    if (action.do === 'wait') return `wait ${action.seconds} s`;
    return action.do === 'press' ? `press ${action.keys}` : action.do;
  });
  return words.join(', ') || 'nothing';
}

/** As in `VM_MIN_SECONDS=1 VM_MAX_SECONDS=0 ...`. */
export function describeSettings(given: Settings): string {
  return Object.entries(environment(given))
    .map((pair) => pair.join('='))
    .join(' ');
}
