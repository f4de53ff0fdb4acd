/**
 * Every ARI operation of a call that rings phones in turn answers 404, 500, or never (carried out or not). Whatever
 * happens, the call ends, no leg and no bridge is left, and what was recorded, and not thrown away, is kept.
 */
import { describe, expect, test, vi } from 'vitest';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { FAULTS } from '../support/fake-asterisk.ts';
import { OWNER, SECRETARY } from '../support/fake-conversation.ts';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { tones } from './stories.ts';

useVirtualTime();

/** People who do not wait for anything: whatever the daemon meets, they go on. */
interface People {
  readonly stage: FakeStage;
  readonly caller: FakeCaller;
}

/** The phone is picked up, if it rings. */
async function answer({ stage, caller }: People, endpoint = OWNER): Promise<void> {
  await caller.wait(0.5);
  stage.asterisk.legs.find((leg) => leg.endpoint === endpoint)?.answer();
  await caller.wait(0.5);
}

async function press({ stage, caller }: People, digit: string): Promise<void> {
  for (const leg of stage.asterisk.legs) if (!leg.isRinging) leg.press(digit);
  await caller.wait(0.5);
}

async function talk({ stage, caller }: People): Promise<void> {
  for (const leg of stage.asterisk.legs) leg.speak(440, 2);
  await caller.say(1000, 2);
}

const ownerHangsUp = ({ stage }: People) =>
  stage.asterisk.legs.forEach((leg) => !leg.isRinging && leg.hangup());

interface Script {
  readonly options: string;
  /** Whether something is thrown away. */
  readonly discards?: true;
  play(people: People): Promise<void>;
}

const scripts: Record<string, Script> = {
  '0, talk, 7, 0, talk, #': {
    options: `dial=${OWNER}&${SECRETARY}`,
    async play(people) {
      await answer(people);
      await press(people, '0');
      await talk(people);
      await press(people, '7');
      await press(people, '0');
      await talk(people);
      await press(people, '#');
    },
  },
  'record=yes, talk, the caller hangs up': {
    options: `dial=${OWNER},record=yes`,
    async play(people) {
      await answer(people);
      await talk(people);
      await people.caller.hangup();
    },
  },
  'record=yes, 5, 5, 6, 6, talk, the owner hangs up': {
    options: `dial=${OWNER},record=yes`,
    async play(people) {
      await answer(people);
      for (const key of '5566') await press(people, key);
      await talk(people);
      ownerHangsUp(people);
    },
  },
  '0, talk, 9, talk, both hang up': {
    options: `dial=${OWNER}`,
    discards: true,
    async play(people) {
      await answer(people);
      await press(people, '0');
      await talk(people);
      await press(people, '9');
      await talk(people);
      await people.caller.hangup();
      ownerHangsUp(people);
    },
  },
  'one is busy, the other rings in vain: a message': {
    options: `dial=${OWNER}&${SECRETARY},timeout=2`,
    async play({ stage, caller }) {
      await caller.wait(0.5);
      stage.asterisk.legs[0]?.refuse();
      await caller.wait(2.5);
      await caller.say(1000, 30);
      await caller.hangup();
    },
  },
  'the caller hangs up while it rings': {
    options: `dial=${OWNER}&${SECRETARY}`,
    async play({ caller }) {
      await caller.wait(0.5);
      await caller.hangup();
    },
  },
  'both phones are picked up at once, talk, the owner hangs up': {
    options: `dial=${OWNER}&${SECRETARY},record=yes`,
    async play(people) {
      await people.caller.wait(0.5);
      for (const leg of people.stage.asterisk.legs) leg.answer();
      await people.caller.wait(0.5);
      await talk(people);
      ownerHangsUp(people);
    },
  },
};

/** People give up on silence after this. By then a call with one fault must have ended. */
const PATIENCE_SECONDS = 60;
/** After this, an operation that nobody waits for any more has met its time limit. */
const ANSWERED_SECONDS = 60;

async function run(script: Script, faults: FakeStage['asterisk']['faults']) {
  const stage = new FakeStage();
  const { asterisk } = stage;
  asterisk.faults = faults;
  asterisk.phones.add(OWNER).add(SECRETARY);
  const spoken = new Set<string>();
  const store = asterisk.store.bind(asterisk);
  asterisk.store = (name, sounds) => {
    if (tones(sounds).some(({ seconds }) => seconds >= 1)) spoken.add(name);
    store(name, sounds);
  };
  const people = { stage, caller: await stage.call(`305,${script.options}`) };
  await script.play(people);
  let ended = true;
  const patience = setTimeout(() => {
    ended = false;
    void people.caller.hangup();
    for (const leg of asterisk.legs) leg.hangup();
  }, PATIENCE_SECONDS * 1000);
  await people.caller.over();
  clearTimeout(patience);
  await people.caller.wait(ANSWERED_SECONDS);
  expect(vi.getTimerCount(), asterisk.operations.join(' ')).toBe(0);
  return { asterisk, ended, spoken, leftovers: stage.leftovers() };
}

const NOTHING = { calls: 0, channels: 0, liveRecordings: [] };

describe.each(Object.entries(scripts))('%s', (_name, script) => {
  test.for(FAULTS)('each operation in turn meets %o', async (fault) => {
    const { operations } = (await run(script, () => undefined)).asterisk;
    for (const [n, operation] of operations.entries()) {
      const met = await run(script, (_, at) => (at === n ? fault : undefined));
      const context = `${n} ${operation}: ${met.asterisk.operations.join(' ')}`;
      // "Not found" is the truth on a real Asterisk, and for these the daemon can't know better.
      const isLiedTo = 'status' in fault && fault.status === 404;
      if (isLiedTo && ['hangup', 'destroyBridge'].includes(operation)) continue;
      expect(met.leftovers, context).toEqual(NOTHING);
      expect(met.ended, context).toBe(true);
      if (script.discards || (isLiedTo && operation.endsWith('Recording'))) continue;
      for (const name of met.spoken) expect([...met.asterisk.stored.keys()], context).toContain(name);
    }
  });

  test.for(FAULTS)('each operation always meets %o', async (fault) => {
    const operations = new Set((await run(script, () => undefined)).asterisk.operations);
    for (const operation of operations) {
      const met = await run(script, (each: keyof AriPort) => (each === operation ? fault : undefined));
      const context = `${operation}: ${met.asterisk.operations.join(' ')}`;
      const isLiedTo = 'status' in fault && fault.status === 404;
      if (isLiedTo && operation === 'hangup') continue;
      // The next daemon removes it.
      const { bridges, ...leftovers } = met.leftovers;
      if (operation !== 'destroyBridge') expect(bridges, context).toBeUndefined();
      expect(leftovers, context).toEqual(NOTHING);
      if (script.discards || operation.endsWith('Recording')) continue;
      for (const name of met.spoken) expect([...met.asterisk.stored.keys()], context).toContain(name);
    }
  });
});
