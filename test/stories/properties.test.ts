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
import { type Aftermath, runCall } from '../support/random-call.ts';
import {
  describeScenario,
  foretell,
  type Scenario,
  scenarios,
  TOLERANCE,
  tonesOf,
} from '../support/scenario.ts';
import type { Sound } from '../support/stage.ts';

const PARAMETERS = propertyRuns(1500);
const LIMIT = propertyLimit(PARAMETERS.numRuns);

const unhandled = collectUnhandled();
useVirtualTime();

/** Between the moments for which the model was asked there are others. */
const LENGTH_TOLERANCE = 2 * TOLERANCE;
/** How often the daemon tries what must succeed. */
const ATTEMPTS = 4;

/** As in `voicemail/305/INBOX/<id>__2`, the id left out. */
const withoutId = (name: string) => name.replace(/\d{13}-1700000000-1/, '<id>');
const nameOf = ({ mailbox, take }: { mailbox: string; take: number }) =>
  `voicemail/${mailbox}/INBOX/<id>${take === 1 ? '' : `__${take}`}${mailbox === OWN_MAILBOX ? '' : '-copy'}`;

test('a call leaves exactly the messages that the model foretells', LIMIT, async () => {
  const calls = scenarios.map((scenario) => ({
    ...scenario,
    [fc.toStringMethod]: () => describeScenario(scenario),
  }));
  const property = fc.asyncProperty(calls, async (scenario) => {
    const prediction = foretell(scenario);
    if (!prediction) throw new Error('the model does not know');
    const { stage, result } = await runCall(scenario);
    const expected = new Map(prediction.messages.map((message) => [nameOf(message), message]));
    const found = [...stage.asterisk.stored].map(([name, sounds]) => [withoutId(name), sounds] as const);
    expect(found.map(([name]) => name).sort()).toEqual([...expected.keys()].sort());
    for (const [name, sounds] of found) expectTones(sounds, expected.get(name)?.pieces ?? []);
    expect([...stage.messagesTold].map(withoutId).sort()).toEqual([...expected.keys()].sort());
    expect(unhandled).toEqual([]);
    // A caller who hangs up is gone before the dialplan could be told more than was known before.
    if (prediction.hungUp) return;
    const { status, reason, kept } = prediction;
    expect(
      Object.fromEntries(Object.entries(result).map(([name, value]) => [name, withoutId(value)])),
    ).toEqual({
      VMSTATUS: status,
      VMREASON: reason,
      VM_MESSAGE: kept === undefined ? '' : nameOf({ mailbox: OWN_MAILBOX, take: kept }),
    });
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
    const names = [...stage.asterisk.stored.keys()].sort();
    expect([...stage.messagesTold].sort()).toEqual(names);
    if (result['VMREASON'] === 'discarded') expect(ownTakes(aftermath)).toEqual([]);
  });
  await fc.assert(property, PARAMETERS);
});

function expectTones(
  sounds: readonly Sound[],
  expected: readonly { hz: number | undefined; seconds: number }[],
) {
  const [found, foretold] = [tonesOf(sounds), tonesOf(expected)];
  expect(found.map(({ hz }) => hz)).toEqual(foretold.map(({ hz }) => hz));
  for (const [n, { seconds }] of found.entries()) {
    expect(Math.abs(seconds - (foretold[n]?.seconds ?? 0))).toBeLessThanOrEqual(LENGTH_TOLERANCE);
  }
}

const speechIn = (sounds: readonly Sound[]) => tonesOf(sounds).reduce((sum, { seconds }) => sum + seconds, 0);
const takeOf = (name: string) => Number(/INBOX\/\d{13}-1700000000-1_*(\d*)(?:-copy)?$/.exec(name)?.[1] || 1);
const ownTakes = ({ stage }: Aftermath) =>
  [...stage.asterisk.stored].filter(([name]) => name.startsWith(`voicemail/${OWN_MAILBOX}/`));

/**
 * Every take that was long enough is there, or a later one is, unless the caller's own key threw it away:
 * `9` any take, `*` the one that was being made.
 */
function expectKept({ settings }: Scenario, aftermath: Aftermath): void {
  const { stage, kept, keys, stars } = aftermath;
  if (!/[9*]/.test(keys)) expect(stage.asterisk.operations).not.toContain('cancelRecording');
  if (keys.includes('9')) return;
  for (const { name, sounds, begun } of kept) {
    if (speechIn(sounds) < settings.minSeconds + 1 || stars.some((pressed) => pressed >= begun)) continue;
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
    expect(settings.mailboxes.length === 0 || settings.mailboxes.includes(mailbox ?? '')).toBe(true);
    const original = name.replace(`/${mailbox}/`, `/${OWN_MAILBOX}/`).replace(/-copy$/, '');
    expect(kept.filter((take) => take.name === original).map((take) => take.sounds)).toContainEqual(sounds);
  }
}
