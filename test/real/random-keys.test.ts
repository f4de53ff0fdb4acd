/**
 * Random calls on the real Asterisk, held against the model that the fake one is held against
 * (test/support/model.ts), all at once.
 *
 * `VM_REAL_CALLS=200` makes that many (20 unless told), and `VM_REAL_SEED=...` makes others. What the
 * model foretells must not hang on half a second, and callers wait for the daemon where a person would.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  actions,
  describeActions,
  environment,
  OWN_MAILBOX,
  perform,
  type Action,
  type Settings,
} from '../support/key-sequence.ts';
import { type Prediction, predict, type World } from '../support/model.ts';
import type { RealCaller } from '../support/real-caller.ts';
import { RealStage } from '../support/real-stage.ts';
import type { StoredMessage } from '../support/stage.ts';
import { TONE_DB } from '../../asterisk/sandbox/wav.ts';
import { expectTones } from '../stories/stories.ts';

const { VM_REAL_CALLS, VM_REAL_SEED } = process.env;
const CALLS = Number(VM_REAL_CALLS ?? 20);
const SEED = Number(VM_REAL_SEED ?? 305);
/** So many at a time; a caller needs four channels and a file that is mixed. */
const AT_ONCE = 20;

/** No silence detection: on a real line a key is no silence, and how long it is depends on the phone. */
const SETTINGS: Settings = {
  ...{ minSeconds: 2, maxSeconds: 0, maxSilenceSeconds: 0, reviewTimeoutSeconds: 3 },
  ...{ prompts: 'off', keys: 'tutorial', whenDone: 'hangup', mailboxes: [] },
};
const WORLD: World = { beep: 0.3, cue: 0.4, sound: 1, keySeconds: 0.2, lag: () => 0, patience: 15 };
/** How much earlier or later than foretold anything may happen. */
const LAGS = [0, -0.7, -0.35, 0.35, 0.7];
/** A voice far from the phone; the least that is found in a recording for certain. */
const QUIET_DB = -40;
/** More in one go take longer than that. */
const MOST_KEYS = 6;

interface RandomCall {
  readonly actions: readonly Action[];
  readonly prediction: Prediction;
}

/** What is said is long enough to be found, and whoever presses a key or speaks has waited a moment before. */
function randomCalls(): RandomCall[] {
  const sequences = actions({
    ...{ say: [1500, 3000], wait: [700, 2500], most: 8 },
    ...{ levels: [TONE_DB, TONE_DB, QUIET_DB], mutes: true },
  })
    .map((list) =>
      unmuted(list).flatMap((action): Action[] =>
        action.do === 'wait' ? [action] : [{ do: 'wait', seconds: 0.9 }, action],
      ),
    )
    .filter(isRobust);
  return fc.sample(sequences, { numRuns: CALLS, seed: SEED }).map((list) => ({
    actions: list,
    prediction: predict(OWN_MAILBOX, list, SETTINGS, WORLD),
  }));
}

/** A scripted phone that is muted sends what is said all the same: whoever speaks unmutes it first. */
function unmuted(list: readonly Action[]): Action[] {
  let isMuted = false;
  return list.flatMap((action): Action[] => {
    const isLifted = isMuted && action.do === 'say';
    isMuted = action.do === 'mute' || (isMuted && action.do !== 'unmute' && !isLifted);
    return isLifted ? [{ do: 'unmute' }, action] : [action];
  });
}

function isRobust(list: readonly Action[]): boolean {
  if (list.some((action) => action.do === 'press' && action.keys.length > MOST_KEYS)) return false;
  const [first, ...others] = LAGS.map((lag) =>
    predict(OWN_MAILBOX, list, SETTINGS, { ...WORLD, lag: () => lag }),
  );
  const essence = ({ messages, reason, lines }: Prediction) =>
    JSON.stringify([
      reason,
      lines.map(({ line }) => line),
      messages.map((message) => [
        message.mailbox,
        message.take,
        message.pieces.flatMap(({ hz, seconds }) => (hz === undefined ? [] : [hz, Math.round(seconds * 10)])),
      ]),
    ]);
  return first !== undefined && others.every((other) => essence(other) === essence(first));
}

let stage: RealStage;

beforeAll(async () => {
  stage = await RealStage.start(environment(SETTINGS));
});

afterAll(async () => {
  const channels = await stage.channels();
  const { status, stderr } = await stage.stop();
  expect({ status, stderr, channels }).toEqual({ status: 0, stderr: '', channels: [] });
  expect(stage.log.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});

test(`${CALLS} random calls, seed ${SEED}`, { timeout: 120_000 + CALLS * 5000 }, async () => {
  const waiting = randomCalls();
  const made = new Map<string, RandomCall>();
  const failures: string[] = [];
  const lines = Array.from({ length: AT_ONCE }, async () => {
    for (let call = waiting.shift(); call; call = waiting.shift()) {
      const caller = await stage.call(OWN_MAILBOX);
      made.set(caller.leg.farId, call);
      await play(call, caller).catch(failed(failures, call));
    }
  });
  await Promise.all(lines);
  const stored = await stage.messages('.');
  for (const [farId, call] of made) {
    try {
      expectForetold(
        call,
        stored.filter(({ name }) => name.includes(farId)),
      );
    } catch (error) {
      failed(failures, call)(error);
    }
  }
  expect(failures.join('\n\n'), `VM_REAL_SEED=${SEED}`).toBe('');
});

const failed =
  (failures: string[], { actions }: RandomCall) =>
  (error: unknown) =>
    void failures.push(`${describeActions(actions)}\n${String(error)}`);

/** Names without their ids: the mailbox, and which take it is. */
function expectForetold({ prediction }: RandomCall, found: readonly StoredMessage[]): void {
  const seen = found.map(({ name, sounds }) => {
    const [, mailbox, take] = /^voicemail\/\.\/(\w+)\/INBOX\/\d{13}-caller-\w+-far_*(\d*)$/.exec(name) ?? [];
    return { key: `${mailbox} ${take || 1}`, sounds };
  });
  const foretold = new Map(prediction.messages.map((each) => [`${each.mailbox} ${each.take}`, each.pieces]));
  expect(seen.map(({ key }) => key).sort()).toEqual([...foretold.keys()].sort());
  for (const { key, sounds } of seen) {
    const pieces = foretold.get(key) ?? [];
    expectTones(
      sounds,
      pieces.flatMap(({ hz, seconds, levelDb }) => (hz === undefined ? [] : [{ hz, seconds, levelDb }])),
    );
  }
}

/** Before each action the caller waits for the last line that the daemon should have logged by then. */
async function play({ actions, prediction }: RandomCall, caller: RealCaller): Promise<void> {
  for (const [n, action] of actions.entries()) {
    const logged = prediction.lines.filter(({ at }) => at < (prediction.begins[n] ?? 0));
    const last = logged.at(-1);
    if (last) await caller.until(last.line, logged.filter(({ line }) => line === last.line).length);
    if (caller.leg.hasEnded) break;
    try {
      await perform(action, caller);
    } catch (error) {
      // The call may end while the caller is doing something: whether it should, its messages tell.
      await caller.wait(1);
      if (!caller.leg.hasEnded) throw error;
      break;
    }
  }
  const patience = setTimeout(() => void caller.hangup(), WORLD.patience * 1000);
  await caller.leg.ended;
  clearTimeout(patience);
  await caller.over();
}
