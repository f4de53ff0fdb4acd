/**
 * A call that cannot be confused: thousands of random calls on the fake Asterisk. In a world without faults
 * exactly what a small model of the contract foretells must happen; in a hostile one nothing that was said
 * may be lost, and nothing be left behind.
 *
 * Always the same calls, unless told: `VM_PROPERTY_RUNS=100000` runs that many of each kind,
 * `VM_PROPERTY_SEED=1` others. A failure prints its seed and path, and the simplest
 * call that fails; `VM_PROPERTY_SEED=... VM_PROPERTY_PATH=...`, with `-t` and the test's name, runs that one again.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyLimit, propertyRuns } from '../support/property-runs.ts';
import { collectUnhandled } from '../support/unhandled.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { describeHostility, hostility } from '../support/hostile.ts';
import { OWN_MAILBOX } from '../support/key-sequence.ts';
import { type Aftermath, holdsSpeech, runCall } from '../support/random-call.ts';
import {
  areAlike,
  describeScenario,
  foretell,
  type Remains,
  type Scenario,
  scenarios,
  tonesIn,
  TOLERANCE,
  tonesOf,
} from '../support/scenario.ts';
import type { Sound } from '../support/stage.ts';

const PARAMETERS = propertyRuns(1500);
const LIMIT = propertyLimit(PARAMETERS.numRuns);

const unhandled = collectUnhandled();
useVirtualTime();

/** How often the daemon tries what must succeed. */
const ATTEMPTS = 4;

/** As in `voicemail/305/INBOX/<id>__2`. */
const withoutId = (name: string) => name.replace(/\d{13}-1700000000-1/, '<id>');

test('a call leaves exactly the messages that the model foretells', LIMIT, async () => {
  const calls = scenarios.map((scenario) => ({
    ...scenario,
    [fc.toStringMethod]: () => describeScenario(scenario),
  }));
  const property = fc.asyncProperty(calls, async (scenario) => {
    const { stage, result } = await runCall(scenario);
    expect(unhandled).toEqual([]);
    expectCounted(stage);
    const { stored } = stage.asterisk;
    const messages = new Map([...stored].map(([name, sounds]) => [withoutId(name), tonesIn(sounds)]));
    const words = Object.fromEntries(Object.entries(result).map(([name, word]) => [name, withoutId(word)]));
    let likeliest: Remains | undefined;
    for (const foretold of foretell(scenario)) {
      if (areAlike(foretold, { messages, result: foretold.result && words })) return;
      likeliest ??= foretold;
    }
    expect({ messages, result: likeliest?.result && words }).toEqual(likeliest);
    expect.unreachable('nothing of the kind was foretold');
  });
  await fc.assert(property, PARAMETERS);
});

test('a call in a hostile world ends, keeps what was said, and leaves nothing behind', LIMIT, async () => {
  const calls = fc.record({ scenario: scenarios, hostility }).map((call) => ({
    ...call,
    [fc.toStringMethod]: () => `${describeScenario(call.scenario)}  ${describeHostility(call.hostility)}\n`,
  }));
  const property = fc.asyncProperty(calls, async ({ scenario, hostility }) => {
    const aftermath = await runCall(scenario, hostility);
    expect(unhandled).toEqual([]);
    expectKept(scenario, aftermath);
    expectCopies(scenario, aftermath);
    const troubles = hostility.troubles.filter(({ operation }) => /any|StoredRecording/.test(operation));
    if (troubles.reduce((sum, { times }) => sum + times, 0) > ATTEMPTS - 1) return;
    // What is deleted, copied or looked for is told in the end: then the count is true, and 9 leaves nothing.
    const { stage, result } = aftermath;
    expectCounted(stage);
    if (result['VMREASON'] === 'discarded') expect(ownTakes(aftermath)).toEqual([]);
  });
  await fc.assert(property, PARAMETERS);
});

/** All messages are told, and nothing else; but for what was removed when the call was as good as over. */
function expectCounted({ asterisk: { stored, removed }, messagesTold }: Aftermath['stage']): void {
  const told = [...messagesTold].filter((name) => stored.has(name) || !removed.has(name));
  expect(told.sort()).toEqual([...stored.keys()].sort());
}

const speechIn = (sounds: readonly Sound[]) => tonesOf(sounds).reduce((sum, { seconds }) => sum + seconds, 0);
const takeOf = (name: string) => Number(/INBOX\/\d{13}-1700000000-1_*(\d*)(?:-copy)?$/.exec(name)?.[1] || 1);
const ownTakes = ({ stage }: Aftermath) =>
  [...stage.asterisk.stored].filter(([name]) => name.startsWith(`voicemail/${OWN_MAILBOX}/`));

/**
 * Every take that holds speech is there, or a later one is, unless somebody removed it, or the caller's own key threw it
 * away: `9` any take, `*` the one that was being made.
 */
function expectKept({ settings }: Scenario, aftermath: Aftermath): void {
  const { stage, kept, keys, stars } = aftermath;
  const { removed } = stage.asterisk;
  if (!/[9*]/.test(keys)) expect(stage.asterisk.operations).not.toContain('cancelRecording');
  if (keys.includes('9')) return;
  for (const { name, sounds, begun } of kept) {
    if (!holdsSpeech(sounds, settings) || stars.some((pressed) => pressed >= begun)) continue;
    if ([...removed].some((other) => takeOf(other) >= takeOf(name))) continue;
    const survivor = ownTakes(aftermath).find(([other, left]) =>
      other === name ? speechIn(left) >= speechIn(sounds) - TOLERANCE : takeOf(other) > takeOf(name),
    );
    expect(survivor, `${name} is lost`).toBeDefined();
    expect([...stage.messagesTold].some((told) => takeOf(told) >= takeOf(name))).toBe(true);
  }
}

/** Nothing is stored outside a mailbox's INBOX, and only where the caller dialled, and only what was said. */
function expectCopies({ settings }: Scenario, { stage, kept, keys }: Aftermath): void {
  for (const [name, sounds] of stage.asterisk.stored) {
    const mailbox = /^voicemail\/([A-Za-z0-9_-]{1,32})\/INBOX\/\d{13}-1700000000-1(?:__\d+)?(?:-copy)?$/.exec(
      name,
    )?.[1];
    if (mailbox === OWN_MAILBOX) continue;
    expect(keys).toContain(`${mailbox}#`);
    expect(settings.mailboxes.includes(mailbox ?? '')).toBe(true);
    const original = name.replace(`/${mailbox}/`, `/${OWN_MAILBOX}/`).replace(/-copy$/, '');
    expect(kept.filter((take) => take.name === original).map((take) => take.sounds)).toContainEqual(sounds);
  }
}
