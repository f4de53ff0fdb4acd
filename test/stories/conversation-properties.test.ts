/**
 * Random conversations: people answer, refuse, pick up, transfer each other, press keys, speak and hang up at random
 * moments, while operations fail,
 * events are late or come twice, and the daemon is away for a while. Whatever happens, the call ends, nothing is left
 * behind, and what was recorded, and not thrown away, is there. Told how many and which as in properties.test.ts.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { callerOfLeg } from '../../src/call/conversation-ids.ts';
import type { Fault } from '../support/fake-asterisk.ts';
import { OWNER, SECRETARY } from '../support/fake-conversation.ts';
import { type Away, FakeTakeoverStage } from '../support/fake-takeover.ts';
import { lengthOf } from '../support/hearing.ts';
import type { FakeChannel } from '../support/fake-channel.ts';
import { transfer, transferInBridge } from '../support/fake-transfers.ts';
import { propertyLimit, propertyRuns } from '../support/property-runs.ts';
import { holdsSpeech } from '../support/random-call.ts';
import { collectUnhandled } from '../support/unhandled.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

const PARAMETERS = propertyRuns(500);
const LIMIT = propertyLimit(PARAMETERS.numRuns);
/** When the fake's channel ids say that they were made. */
const EPOCH_MS = 1_700_000_000_000;
/** A voice far from the phone. */
const QUIET_DB = -41.3;
/** By then all who are left have hung up; and after as long again, all is over. */
const PATIENCE_SECONDS = 120;

const unhandled = collectUnhandled();
useVirtualTime();

/** What one of the people does; legs that are not there, or not yet, do nothing. */
type Deed =
  | { readonly who: 'caller'; readonly does: 'hang up' }
  /** With a voice far from the phone, perhaps; a phone that is muted sends nothing at all. */
  | { readonly who: 'caller' | 0 | 1; readonly does: 'speak' | 'speak low' | 'mute' | 'unmute' }
  | { readonly who: 'caller'; readonly does: 'press'; readonly key: string }
  | { readonly who: 0 | 1; readonly does: 'answer' | 'refuse' | 'hang up' | 'picked up' }
  /** Another comes in this one's place. */
  | { readonly who: 'caller' | 0 | 1; readonly does: 'transferred' }
  | { readonly who: 0 | 1; readonly does: 'press'; readonly key: string }
  | { readonly who: 'daemon'; readonly how: Away; readonly seconds: number };

interface Trial {
  readonly options: string;
  readonly deeds: readonly { readonly afterMs: number; readonly deed: Deed }[];
  /** What operations meet, by their number. */
  readonly faults: readonly { readonly n: number; readonly fault: Fault }[];
  /** For each event in turn, when it is told. */
  readonly deliveries: readonly (readonly number[])[];
}

const leg = fc.constantFrom<0 | 1>(0, 0, 0, 1);
const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ who: leg, does: fc.constant('answer' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ who: leg, does: fc.constantFrom('refuse', 'hang up', 'picked up') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      who: fc.constantFrom<'caller' | 0 | 1>('caller', 0, 1),
      does: fc.constant('transferred' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      who: fc.constantFrom<'caller' | 0 | 1>('caller', 'caller', 0, 0, 1),
      does: fc.constantFrom('speak', 'speak', 'speak low', 'mute', 'unmute'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      who: leg,
      does: fc.constant('press' as const),
      key: fc.constantFrom(...'00055667779#1*'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ who: 'caller', does: 'hang up' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      who: fc.constant('caller' as const),
      does: fc.constant('press' as const),
      key: fc.constantFrom(...'0671'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      who: fc.constant('daemon' as const),
      how: fc.constantFrom<Away>('killed', 'replaced', 'disconnected', 'cut off'),
      seconds: fc.constantFrom(0, 0.001, 0.003, 0.2, 2),
    }),
  },
);

const trials: fc.Arbitrary<Trial> = fc.record({
  options: fc.constantFrom(
    `dial=${OWNER}`,
    `dial=${OWNER}&${SECRETARY}`,
    `dial=${OWNER}&${SECRETARY},record=yes`,
    `dial=${OWNER},record=yes,timeout=2`,
    `dial=${OWNER}&PJSIP/nobody,timeout=3`,
  ),
  deeds: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3000 })),
      deed: deeds,
    }),
    { minLength: 1, maxLength: 16 },
  ),
  faults: fc.array(
    fc.record({
      n: fc.integer({ min: 0, max: 40 }),
      fault: fc.constantFrom<Fault>(
        { status: 500 },
        { status: 500, done: true },
        { never: 'done' },
        { never: 'undone' },
        { lateMs: 300 },
      ),
    }),
    { maxLength: 2 },
  ),
  deliveries: fc.array(fc.constantFrom([1], [1], [1], [0], [1, 7], [25]), { maxLength: 30 }),
});

async function run({ options, deeds, faults, deliveries }: Trial) {
  vi.setSystemTime(EPOCH_MS);
  const stage = await FakeTakeoverStage.start('killed', {
    ...TAKEOVER_SETTINGS,
    VM_MAX_SILENCE_SECONDS: '0',
  });
  const { asterisk } = stage;
  asterisk.phones.add(OWNER).add(SECRETARY);
  const spoken = new Set<string>();
  const store = asterisk.store.bind(asterisk);
  asterisk.store = (name, sounds) => {
    const isMessage = name.includes('/INBOX/')
      ? holdsSpeech(sounds, { minSeconds: 1 })
      : lengthOf(sounds) > 0;
    if (isMessage) spoken.add(name);
    store(name, sounds);
  };
  const first = asterisk.operations.length;
  asterisk.faults = (_, n) => faults.find((each) => each.n === n - first)?.fault;
  let events = 0;
  asterisk.deliveries = () => deliveries[events++] ?? [1];
  const caller = await stage.call(`305,${options}`);
  /** Who has come in whose place. */
  const others = new Map<'caller' | 0 | 1, FakeChannel>();
  const perform = async (deed: Deed): Promise<void> => {
    if (deed.who === 'daemon') {
      stage.goAway(deed.how);
      await caller.wait(deed.seconds);
      await stage.comeBack();
      return;
    }
    const { who } = deed;
    const channel = others.get(who) ?? (who === 'caller' ? caller.channel : asterisk.legs[who]);
    if (!channel) return;
    const hz = deed.who === 'caller' ? 1000 : 440;
    if (deed.does === 'press') channel.press(deed.key);
    else if (deed.does === 'speak') channel.speak(hz, 1.5);
    else if (deed.does === 'speak low') channel.speak(hz, 1.5, QUIET_DB);
    else if (deed.does === 'mute' || deed.does === 'unmute') channel[deed.does]();
    else if (deed.does === 'hang up') channel.hangup();
    else if (deed.does === 'transferred') {
      if (asterisk.channels.get(channel.id) !== channel) return;
      if (channel.bridge) others.set(who, transferInBridge(asterisk, channel));
      else if (who === 'caller') transfer(asterisk, channel);
    } else if (who !== 'caller') {
      const leg = asterisk.legs[who];
      if (deed.does !== 'picked up') leg?.[deed.does]();
      else if (leg?.isRinging) leg.pickUp();
    }
  };
  for (const { afterMs, deed } of deeds) {
    await caller.wait(afterMs / 1000);
    await perform(deed);
  }
  await caller.wait(PATIENCE_SECONDS);
  // Whoever is there still, is somebody's.
  if (asterisk.channels.size > 0) expect(stage.leftovers()['calls']).toBe(1);
  await caller.hangup();
  for (const channel of [...asterisk.channels.values()]) channel.hangup();
  await caller.wait(PATIENCE_SECONDS);
  return { stage, spoken };
}

test('however people and things behave, the call ends, and nothing is lost or left', LIMIT, async () => {
  const property = fc.asyncProperty(trials, async (trial) => {
    const { stage, spoken } = await run(trial);
    expect(unhandled).toEqual([]);
    expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
    expect(vi.getTimerCount()).toBe(0);
    const { lines } = stage.log;
    const canceled = new Set(
      lines.filter(({ msg }) => msg === 'Canceling recording').map(({ recording }) => recording),
    );
    for (const name of spoken) {
      if (!canceled.has(name)) expect([...stage.asterisk.stored.keys()]).toContain(name);
    }
    const callers = lines
      .filter(({ msg }) => msg === 'Channel recording voicemail')
      .map(({ channel = '' }) => channel);
    expect(callers.filter(callerOfLeg)).toEqual([]);
    expect(lines.filter(({ msg, state }) => msg === 'Call failed' && state !== 'recording')).toEqual([]);
    const counted = [...stage.asterisk.stored.keys()].filter((name) => name.includes('/INBOX/'));
    expect(await stage.counted('305')).toBe(counted.length);
  });
  await fc.assert(property, PARAMETERS);
});
