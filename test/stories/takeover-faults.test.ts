/**
 * Every ARI operation of a take-up in turn answers 404, 500, or never (carried out or not). Whatever happens, the
 * call ends, nothing is left behind, and what was recorded is kept.
 */
import { describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import type { FakeAsterisk, Fault } from '../support/fake-asterisk.ts';
import type { FakeCaller } from '../support/fake-stage.ts';
import { FakeTakeoverStage } from '../support/fake-takeover.ts';
import { tones } from './stories.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

const FIRST = 440;
const SECOND = 880;
const FAULTS: readonly Fault[] = [{ status: 404 }, { status: 500 }, { never: 'done' }, { never: 'undone' }];
/** A caller gives up on silence after this. */
const PATIENCE_SECONDS = 90;
/** By then, an operation that nobody waits for any more has met its time limit, and all attempts are made. */
const ANSWERED_SECONDS = 60;

useVirtualTime(1_700_000_000_000);

/** Where the call stands when the daemon dies. */
const situations: Record<string, (caller: FakeCaller) => Promise<void>> = {
  'in the beep': (caller) => caller.until('Entering recording state'),
  async recording(caller) {
    await caller.until('Recording voicemail');
    await caller.say(FIRST, 2);
  },
  async pausing(caller) {
    await situations['recording']?.(caller);
    await caller.press('5');
    await caller.wait(0.5);
  },
  async reviewing(caller) {
    await situations['recording']?.(caller);
    await caller.press('#');
    await caller.wait(0.5);
  },
  async copying(caller) {
    await situations['reviewing']?.(caller);
    await caller.press('0');
    await caller.wait(0.5);
  },
  async 'recording again'(caller) {
    await situations['reviewing']?.(caller);
    await caller.press('*');
    await caller.until('Recording voicemail', 2);
    await caller.say(SECOND, 2);
  },
  async ending(caller) {
    await situations['reviewing']?.(caller);
    await caller.press('#');
    await caller.wait(0.5);
  },
};

interface Aftermath {
  readonly stage: FakeTakeoverStage;
  /** From the take-up on. */
  readonly operations: readonly (keyof AriPort)[];
  /** The tones of all messages, in Hz. */
  readonly heard: readonly (number | undefined)[];
  /** Without the caller's giving up. */
  readonly ended: boolean;
}

type FaultOf = (operation: keyof AriPort, n: number) => Fault | undefined;

async function run(situation: string, hangsUp: boolean, faultOf: FaultOf): Promise<Aftermath> {
  const stage = await FakeTakeoverStage.start('killed', { ...TAKEOVER_SETTINGS, VM_PROMPTS: 'on' });
  const caller = await stage.call('305');
  await situations[situation]?.(caller);
  stage.goAway();
  if (hangsUp) await caller.hangup();
  await caller.wait(1);
  const { asterisk } = stage;
  const before = asterisk.operations.length;
  asterisk.faults = (operation, n) => faultOf(operation, n - before);
  void stage.comeBack();
  for (let key = 0; key < 3; key++) {
    await caller.wait(3);
    await caller.press('#');
  }
  let ended = true;
  const patience = setTimeout(() => {
    ended = false;
    void caller.hangup();
  }, PATIENCE_SECONDS * 1000);
  await caller.gone();
  clearTimeout(patience);
  await caller.wait(ANSWERED_SECONDS);
  return {
    stage,
    operations: asterisk.operations.slice(before),
    heard: (await stage.messages('305')).flatMap(({ sounds }) => tones(sounds).map(({ hz }) => hz)),
    ended,
  };
}

/** Asterisk says so only when it is true, and of these the daemon can't know better. */
const isUnbearable = (operation: keyof AriPort, fault: Fault) =>
  isLie(fault) && ['getLiveRecording', 'getStoredRecordingFile'].includes(operation);

const isLie = (fault: Fault) => 'status' in fault && fault.status === 404;

function expectKept({ stage, heard, operations }: Aftermath, situation: string, most: number): void {
  const context = operations.join(' ');
  expect(stage.leftovers(), context).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  expect(unlimited(stage.asterisk), context).toBe(false);
  if (situation === 'in the beep') return;
  expect(heard, context).toContain(situation === 'recording again' ? SECOND : FIRST);
  expect(heard.length, context).toBeLessThanOrEqual(most);
}

/** A loop would ask for ever. */
const unlimited = ({ operations }: FakeAsterisk) => operations.length > 400;

describe.for(Object.keys(situations))('the daemon dies while the call is %s', (situation) => {
  describe.for([false, true])('the caller has hung up when the next one comes: %s', (hangsUp) => {
    for (const fault of FAULTS) {
      test(`each operation in turn meets ${JSON.stringify(fault)}`, async () => {
        const { operations } = await run(situation, hangsUp, () => undefined);
        for (const [n, operation] of operations.entries()) {
          if (isUnbearable(operation, fault)) continue;
          const aftermath = await run(situation, hangsUp, (_, at) => (at === n ? fault : undefined));
          expectKept(aftermath, situation, isLie(fault) || /Recording/.test(operation) ? 2 : 1);
          if (!isLie(fault)) expect(aftermath.ended, aftermath.operations.join(' ')).toBe(true);
        }
      });

      test(`each operation always meets ${JSON.stringify(fault)}`, async () => {
        const { operations } = await run(situation, hangsUp, () => undefined);
        for (const operation of new Set(operations)) {
          if (isUnbearable(operation, fault)) continue;
          const aftermath = await run(situation, hangsUp, (met) => (met === operation ? fault : undefined));
          expectKept(aftermath, situation, 2);
        }
      });
    }
  });
});
