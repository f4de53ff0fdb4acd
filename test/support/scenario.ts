/** A random call on the fake Asterisk: made up, foretold by the model, and printed when it goes wrong. */
import fc from 'fast-check';
import { Dice } from '../chaos/dice.ts';
import {
  type Action,
  actions,
  describeActions,
  describeSettings,
  LEVELS_DB,
  OWN_MAILBOX,
  type Settings,
  settings,
} from './key-sequence.ts';
import { type Prediction, predict, type World } from './model.ts';
import type { Piece } from './model-line.ts';

/** The fake Asterisk as the model knows it, where the daemon is always `lag` late. */
export const fakeWorld = (lag: () => number): World => ({
  ...{ beep: 0.3, cue: 0.2, sound: 1, keySeconds: 0.1 },
  lag,
  patience: PATIENCE_SECONDS,
});

/** A caller who has done everything waits so long, and hangs up. */
export const PATIENCE_SECONDS = 100;
/** The daemon is at most so late, in seconds. */
const LAG = 0.04;
/** Each of these all the time; then now one and now another, so many times. */
const LAGS = Array.from({ length: 9 }, (_, n) => (n * LAG) / 8);
const MIXTURES = 256;
/** Then a tone, which may begin before its recording or end after it, is found right within this. */
export const TOLERANCE = 2 * LAG;

export interface Scenario {
  readonly settings: Settings;
  readonly actions: readonly Action[];
}

/** Some phones are muted, some people speak low or not at all, and somebody removes messages. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    settings,
    actions: actions({
      ...{ say: [50, 7000], wait: [0, 6000], most: 12 },
      ...{ levels: LEVELS_DB, mutes: true, removes: true },
    }),
  })
  .map((made) => ({ ...made, actions: [{ do: 'wait', seconds: 0.1 } as const, ...made.actions] }));

export function describeScenario({ settings, actions }: Scenario): string {
  return `\n  ${describeSettings(settings)}\n  ${describeActions(actions)}\n`;
}

/** What is seen of a call that is over: how long each tone sounds in each message, and what the dialplan was told. */
export interface Remains {
  readonly messages: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Nothing where the caller is gone before the dialplan could be told more than was known before. */
  readonly result: Readonly<Record<string, string>> | undefined;
}

/** How long each tone sounds, in seconds. */
export function tonesIn(pieces: readonly Pick<Piece, 'hz' | 'seconds'>[]): ReadonlyMap<number, number> {
  const tones = new Map<number, number>();
  for (const { hz, seconds } of pieces) {
    if (hz !== undefined) tones.set(hz, (tones.get(hz) ?? 0) + seconds);
  }
  return tones;
}

/**
 * What may remain of it, the likeliest first: always the same, unless two things happen in the same moment, which the
 * daemon may meet in either order.
 */
export function* foretell({ settings, actions }: Scenario): Generator<Remains, void> {
  const remains = (lag: () => number) => remainsOf(predict(OWN_MAILBOX, actions, settings, fakeWorld(lag)));
  for (const lag of LAGS) yield remains(() => lag);
  const dice = new Dice(1);
  for (let n = 0; n < MIXTURES; n++) yield remains(() => dice.pick([0, LAG, LAG * dice.throw()]));
}

function remainsOf({ messages, hungUp, status, reason, kept }: Prediction): Remains {
  const message = kept === undefined ? '' : nameOf({ mailbox: OWN_MAILBOX, take: kept });
  return {
    messages: new Map(messages.map((each) => [nameOf(each), tonesIn(each.pieces)])),
    result: hungUp ? undefined : { VMSTATUS: status, VMREASON: reason, VM_MESSAGE: message },
  };
}

/** The id left out. */
function nameOf({ mailbox, take }: { mailbox: string; take: number }): string {
  const copy = mailbox === OWN_MAILBOX ? '' : '-copy';
  return `voicemail/${mailbox}/INBOX/<id>${take === 1 ? '' : `__${take}`}${copy}`;
}

/** Whether it is the same, but for what a moment more or less makes of a tone's length. */
export function areAlike(one: Remains, other: Remains): boolean {
  const words = ({ messages, result }: Remains) => JSON.stringify([[...messages.keys()].sort(), result]);
  if (words(one) !== words(other)) return false;
  return [...one.messages].every(([name, tones]) => {
    const others = other.messages.get(name);
    return [...tones.keys(), ...(others?.keys() ?? [])].every(
      (hz) => Math.abs((tones.get(hz) ?? 0) - (others?.get(hz) ?? 0)) <= TOLERANCE,
    );
  });
}

/** The tones that are long enough to count. */
export function tonesOf<T extends Pick<Piece, 'hz' | 'seconds'>>(pieces: readonly T[]): T[] {
  return pieces.filter(({ hz, seconds }) => hz !== undefined && seconds > TOLERANCE);
}
