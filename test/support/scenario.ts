/** A random call on the fake Asterisk: made up, foretold by the model, and printed when it goes wrong. */
import fc from 'fast-check';
import {
  type Action,
  actions,
  describeActions,
  describeSettings,
  OWN_MAILBOX,
  type Settings,
  settings,
} from './key-sequence.ts';
import { type Prediction, predict, type World } from './model.ts';
import type { Piece } from './model-take.ts';

/** The fake Asterisk as the model knows it. */
export const FAKE_WORLD: World = {
  ...{ beep: 0.3, cue: 0.2, sound: 1, keySeconds: 0.1 },
  lag: 0,
  patience: 100,
};

/** The daemon is at most so late, in seconds, and a call that depends on less is no call to test with. */
const LAG = 0.04;
/** Silence counts as a second for a moment of 20 ms: close enough to meet it. */
const LAGS = Array.from({ length: 9 }, (_, n) => (n * LAG) / 8);
/** Then a tone, which may begin before its recording or end after it, is found right within this. */
export const TOLERANCE = 2 * LAG;

export interface Scenario {
  readonly settings: Settings;
  readonly actions: readonly Action[];
}

/** Calls whose outcome does not hang on a moment. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({ settings, actions: actions({ say: [50, 7000], wait: [0, 6000], most: 12 }) })
  .map((made) => ({ ...made, actions: [{ do: 'wait', seconds: 0.1 } as const, ...made.actions] }))
  .filter((scenario) => foretell(scenario) !== undefined);

export function describeScenario({ settings, actions }: Scenario): string {
  return `\n  ${describeSettings(settings)}\n  ${describeActions(actions)}\n`;
}

/** What the model says, if it says the same however late the daemon is. */
export function foretell({ settings, actions }: Scenario): Prediction | undefined {
  const [first, ...others] = LAGS.map((lag) =>
    predict(OWN_MAILBOX, actions, settings, { ...FAKE_WORLD, lag }),
  );
  return first && others.every((other) => isSame(first, other)) ? first : undefined;
}

function isSame(one: Prediction, other: Prediction): boolean {
  const [lengths, otherLengths] = [one, other].map(({ messages }) =>
    messages.flatMap(({ pieces }) => tonesOf(pieces).map(({ seconds }) => seconds)),
  );
  return (
    essence(one) === essence(other) &&
    (lengths ?? []).every((length, n) => Math.abs(length - (otherLengths?.[n] ?? 0)) <= TOLERANCE)
  );
}

/** All of a prediction but the exact lengths. */
function essence({ messages, status, reason, kept, hungUp, lines }: Prediction): string {
  const tones = messages.map(({ mailbox, take, pieces }) => [
    mailbox,
    take,
    tonesOf(pieces).map(({ hz }) => hz),
  ]);
  return JSON.stringify([tones, status, reason, kept, hungUp, lines.map(({ line }) => line)]);
}

/** The tones that are long enough to count. */
export function tonesOf<T extends Piece>(pieces: readonly T[]): T[] {
  return pieces.filter(({ hz, seconds }) => hz !== undefined && seconds > TOLERANCE);
}
