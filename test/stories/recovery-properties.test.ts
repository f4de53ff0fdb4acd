/**
 * Random calls during which the daemon is killed or loses its connection, again and again, at random moments:
 * nothing that was said is lost, and nothing is left behind. Told how many and which as in properties.test.ts.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { propertyLimit, propertyRuns } from '../support/property-runs.ts';
import { collectUnhandled } from '../support/unhandled.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { FakeTakeoverStage } from '../support/fake-takeover.ts';
import {
  actions,
  describeActions,
  describeSettings,
  environment,
  LEVELS_DB,
  OWN_MAILBOX,
  perform,
  settings,
} from '../support/key-sequence.ts';
import { carryOut, describeOutages, type Outage, outages } from '../support/outages.ts';
import { holdsSpeech, type KeptTake, watchTakes } from '../support/random-call.ts';
import { type Scenario, TOLERANCE, tonesOf } from '../support/scenario.ts';
import type { Sound } from '../support/stage.ts';

const PARAMETERS = propertyRuns(500);
const LIMIT = propertyLimit(PARAMETERS.numRuns);
/** When the fake's channel ids say that they were made. */
const EPOCH_MS = 1_700_000_000_000;
/** By then a caller without an end has hung up; and after as long again, all is over. */
const PATIENCE_SECONDS = 120;

const unhandled = collectUnhandled();
useVirtualTime();

/** Recordings that were deleted while they were being made: what is said goes on, and is lost. */
const deletedLive: string[] = [];

interface Trial extends Scenario {
  readonly outages: readonly Outage[];
}

/** Half of the callers never throw anything away. */
const trials: fc.Arbitrary<Trial> = fc
  .record({
    settings,
    actions: actions({
      ...{ say: [50, 7000], wait: [0, 6000], most: 10 },
      ...{ levels: LEVELS_DB, mutes: true, removes: true },
    }),
    outages,
    keeps: fc.boolean(),
  })
  .map(({ settings, actions, outages, keeps }) => ({
    settings,
    actions: actions.map((action) =>
      action.do === 'press' && keeps ? { ...action, keys: action.keys.replaceAll('9', '') } : action,
    ),
    outages,
  }))
  .map((trial) => ({ ...trial, [fc.toStringMethod]: () => describeTrial(trial) }));

const describeTrial = ({ settings, actions, outages }: Trial) =>
  `\n  ${describeSettings(settings)}\n  ${describeActions(actions)}\n  ${describeOutages(outages)}\n`;

interface Ended {
  readonly stage: FakeTakeoverStage;
  readonly kept: readonly KeptTake[];
}

async function run({ settings, actions, outages }: Trial): Promise<Ended> {
  vi.setSystemTime(EPOCH_MS);
  deletedLive.length = 0;
  const stage = await FakeTakeoverStage.start('killed', environment(settings));
  const kept = watchTakes(stage);
  const { deleteStoredRecording } = stage.asterisk;
  stage.asterisk.deleteStoredRecording = (name) => {
    if (stage.asterisk.liveRecordings.includes(name)) deletedLive.push(name);
    return deleteStoredRecording(name);
  };
  const caller = await stage.call(OWN_MAILBOX);
  const away = carryOut(outages, stage, caller);
  for (const action of actions) await perform(action, caller, () => stage.asterisk.empty(OWN_MAILBOX));
  await away;
  await caller.wait(PATIENCE_SECONDS);
  await caller.hangup();
  await caller.wait(PATIENCE_SECONDS);
  return { stage, kept };
}

test(
  'whatever the daemon dies of, nothing that was said is lost, and nothing is left behind',
  LIMIT,
  async () => {
    const property = fc.asyncProperty(trials, async (trial) => {
      const ended = await run(trial);
      const { stage } = ended;
      expect(unhandled).toEqual([]);
      expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
      expect(deletedLive).toEqual([]);
      expectKept(trial, ended);
      const own = await stage.messages(OWN_MAILBOX);
      const keptAll = stage.log.lines.some(({ msg }) => msg.endsWith('keeping all'));
      if (!keptAll) expect(own.length).toBeLessThanOrEqual(1);
      // Nobody is told of what is removed when the call is as good as over.
      const left = new Set(own.map(({ name }) => name));
      const gone = [...stage.asterisk.removed].filter((name) => !left.has(name));
      const counted = await stage.counted(OWN_MAILBOX);
      expect(counted).toBeGreaterThanOrEqual(own.length);
      expect(counted).toBeLessThanOrEqual(own.length + gone.length);
    });
    await fc.assert(property, PARAMETERS);
  },
);

const speechIn = (sounds: readonly Sound[]) => tonesOf(sounds).reduce((sum, { seconds }) => sum + seconds, 0);
const takeOf = (name: string) => Number(/INBOX\/\d{13}-\d{10}-1_*(\d*)$/.exec(name)?.[1] || 1);

/** Every take that holds speech is there, or a later one is, unless somebody removed it, or the caller threw it away. */
function expectKept({ settings, actions }: Trial, { stage, kept }: Ended): void {
  if (actions.some((action) => action.do === 'press' && action.keys.includes('9'))) return;
  const canceled = new Set(
    stage.log.lines.filter(({ msg }) => msg === 'Canceling recording').map(({ recording }) => recording),
  );
  for (const { name, sounds } of kept) {
    if (!holdsSpeech(sounds, settings) || canceled.has(name)) continue;
    if ([...stage.asterisk.removed].some((other) => takeOf(other) >= takeOf(name))) continue;
    const survivor = [...stage.asterisk.stored].find(([other, left]) =>
      other === name ? speechIn(left) >= speechIn(sounds) - TOLERANCE : takeOf(other) > takeOf(name),
    );
    expect(survivor, `${name} is lost`).toBeDefined();
  }
}
