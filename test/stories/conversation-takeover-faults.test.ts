/**
 * Every ARI operation of the take-up of a conversation in turn answers 404, 500, or never. Whatever happens, the call
 * ends, no leg and no bridge is left, and what was recorded is kept.
 */
import { describe, expect, test, vi } from 'vitest';
import type { AriPort } from '../../src/ari/ari-port.ts';
import type { Fault } from '../support/fake-asterisk.ts';
import { FakeConversation, OWNER } from '../support/fake-conversation.ts';
import { type Away, FakeTakeoverStage } from '../support/fake-takeover.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { tones } from './stories.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

const FAULTS: readonly Fault[] = [{ status: 404 }, { status: 500 }, { never: 'done' }, { never: 'undone' }];
/** A caller gives up on silence after this; an owner never does. */
const PATIENCE_SECONDS = 90;
/** By then, an operation that nobody waits for any more has met its time limit, and all attempts are made. */
const ANSWERED_SECONDS = 60;

useVirtualTime(1_700_000_000_000);

/** Where the call stands when the daemon goes away. */
const situations: Record<string, (call: FakeConversation) => Promise<void>> = {
  ringing: (call) => call.rings(),
  async talking(call) {
    await call.rings();
    call.owner.answer();
    await call.caller.wait(0.1);
  },
  async recording(call) {
    await situations['talking']?.(call);
    await call.record();
    await call.talk(2);
  },
  async muting(call) {
    await situations['recording']?.(call);
    await call.press('6');
  },
};

/** What happens while it is away. */
const gaps: Record<string, (call: FakeConversation) => unknown> = {
  nothing: () => {},
  'the caller hangs up': ({ caller }) => caller.hangup(),
  'the owner hangs up': ({ owner }) => owner.hangup(),
};

type FaultOf = (operation: keyof AriPort, n: number) => Fault | undefined;

async function run(how: Away, situation: string, gap: string, faultOf: FaultOf) {
  const stage = await FakeTakeoverStage.start(how, TAKEOVER_SETTINGS);
  const { asterisk } = stage;
  const spoken = new Set<string>();
  const store = asterisk.store.bind(asterisk);
  asterisk.store = (name, sounds) => {
    if (tones(sounds).some(({ seconds }) => seconds >= 1)) spoken.add(name);
    store(name, sounds);
  };
  const call = await FakeConversation.dial(stage, `dial=${OWNER},timeout=30`);
  await situations[situation]?.(call);
  stage.goAway();
  await gaps[gap]?.(call);
  await call.caller.wait(1);
  const before = asterisk.operations.length;
  asterisk.faults = (operation, n) => faultOf(operation, n - before);
  void stage.comeBack();
  await call.caller.wait(3);
  call.owner.answer();
  for (let key = 0; key < 3; key++) {
    await call.caller.wait(3);
    call.owner.press('#');
  }
  let ended = true;
  const patience = setTimeout(() => {
    ended = false;
    void call.caller.hangup();
  }, PATIENCE_SECONDS * 1000);
  await call.caller.gone();
  clearTimeout(patience);
  const operations = asterisk.operations.slice(before);
  asterisk.faults = () => undefined;
  await call.caller.wait(ANSWERED_SECONDS);
  return {
    asterisk,
    spoken,
    ended,
    operations,
    leftovers: stage.leftovers(),
  };
}

type Aftermath = Awaited<ReturnType<typeof run>>;

const isLie = (fault: Fault) => 'status' in fault && fault.status === 404;
/** Asterisk says so only when it is true, and of these the daemon can't know better. */
const isUnbearable = (operation: keyof AriPort, fault: Fault) =>
  isLie(fault) && !['setChannelVars', 'answer', 'stopPlayback'].includes(operation);

function expectKept({ asterisk, spoken, operations, leftovers }: Aftermath, mayLeaveBridge: boolean): void {
  const context = operations.join(' ');
  const { bridges, ...others } = leftovers;
  expect(others, context).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  if (!mayLeaveBridge) expect(bridges, context).toBeUndefined();
  for (const name of spoken) expect([...asterisk.stored.keys()], context).toContain(name);
  // A loop would ask for ever.
  expect(operations.length).toBeLessThan(400);
  expect(vi.getTimerCount(), context).toBe(0);
}

describe.for(['killed', 'disconnected'] as const)('%s', (how) => {
  describe.for(Object.keys(situations))('while %s', (situation) => {
    describe.for(Object.keys(gaps))('and %s', (gap) => {
      test.for(FAULTS)('each operation in turn meets %o', async (fault) => {
        const { operations } = await run(how, situation, gap, () => undefined);
        for (const [n, operation] of operations.entries()) {
          if (isUnbearable(operation, fault)) continue;
          const aftermath = await run(how, situation, gap, (_, at) => (at === n ? fault : undefined));
          expectKept(aftermath, false);
          if (!isLie(fault)) expect(aftermath.ended, aftermath.operations.join(' ')).toBe(true);
        }
      });

      test.for(FAULTS)('each operation always meets %o', async (fault) => {
        const { operations } = await run(how, situation, gap, () => undefined);
        for (const operation of new Set(operations)) {
          if (isUnbearable(operation, fault)) continue;
          const aftermath = await run(how, situation, gap, (met) => (met === operation ? fault : undefined));
          expectKept(aftermath, operation === 'destroyBridge');
        }
      });
    });
  });
});
