/**
 * Every ARI operation of a call in turn answers 404, 500, or never (carried out or not). Whatever happens,
 * the call ends, nothing is left behind, and what was recorded is kept.
 */
import { describe, expect, test, vi } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { FAULTS } from '../support/fake-asterisk.ts';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import type { StoredMessage } from '../support/stage.ts';
import { tones } from './stories.ts';

useVirtualTime();

const MAILBOX = '305';

/** Callers who do not wait for anything: whatever the daemon meets, they go on. */
const scripts: Record<string, (caller: FakeCaller) => Promise<void>> = {
  'tone, #, #': async (caller) => {
    await caller.wait(0.5);
    await caller.say(440, 2);
    await caller.press('#');
    await caller.wait(1);
    await caller.press('#');
  },
  'tone, hangup': async (caller) => {
    await caller.wait(0.5);
    await caller.say(440, 2);
    await caller.hangup();
  },
  'tone, *, tone, #, hangup': async (caller) => {
    await caller.wait(0.5);
    await caller.say(440, 2);
    await caller.press('*');
    await caller.wait(0.5);
    await caller.say(440, 2);
    await caller.press('#');
    await caller.wait(0.5);
    await caller.hangup();
  },
  'tone, #, *, tone, #, #': async (caller) => {
    await caller.wait(0.5);
    await caller.say(440, 2);
    await caller.press('#');
    await caller.wait(1);
    await caller.press('*');
    await caller.wait(0.5);
    await caller.say(440, 2);
    await caller.press('#');
    await caller.wait(1);
    await caller.press('#');
  },
};

/** A caller gives up on silence after this. By then a call with one fault must have ended. */
const PATIENCE_SECONDS = 60;
/** After this, an operation that nobody waits for any more has met its time limit. */
const ANSWERED_SECONDS = 30;

async function run(script: (caller: FakeCaller) => Promise<void>, faults: FakeStage['asterisk']['faults']) {
  const stage = new FakeStage();
  stage.asterisk.faults = faults;
  const caller = await stage.call(MAILBOX);
  await script(caller);
  let ended = true;
  const patience = setTimeout(() => {
    ended = false;
    void caller.hangup();
  }, PATIENCE_SECONDS * 1000);
  await caller.over();
  clearTimeout(patience);
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  await caller.wait(ANSWERED_SECONDS);
  expect(vi.getTimerCount()).toBe(0);
  return { stage, ended, messages: await stage.messages(MAILBOX) };
}

/** Expects the caller's words on disk, if they were ever recorded, and no second copy of them. */
function expectKept(
  stage: FakeStage,
  messages: readonly StoredMessage[],
  most: number,
  reviewedAndRedone: boolean,
): void {
  const { operations, keptSpeech } = stage.asterisk;
  const context = operations.join(' ');
  expect(messages.length, context).toBeLessThanOrEqual(most);
  if (!keptSpeech) return;
  expect(messages.length, context).toBeGreaterThanOrEqual(1);
  // Asked to record again, a caller who goes on too early speaks outside the new take.
  if (reviewedAndRedone) return;
  expect(
    messages.some(({ sounds }) => tones(sounds)[0]?.hz === 440),
    context,
  ).toBe(true);
}

for (const [name, script] of Object.entries(scripts)) {
  describe(`a caller: ${name}`, () => {
    for (const fault of FAULTS) {
      test(`each operation in turn meets ${JSON.stringify(fault)}`, async () => {
        const { operations } = (await run(script, () => undefined)).stage.asterisk;
        expect(operations.length).toBeGreaterThanOrEqual(4);
        for (const [n, operation] of operations.entries()) {
          const { stage, ended, messages } = await run(script, (_, at) => (at === n ? fault : undefined));
          const liedTo = 'status' in fault && fault.status === 404;
          // "Not found" is the truth on a real Asterisk, and for these the daemon can't know better.
          if (liedTo && operation === 'cancelRecording') continue; // it ended by itself: * throws it away
          if (!(liedTo && operation === 'hangup')) {
            expect(ended, `${operation}: ${stage.asterisk.operations.join(' ')}`).toBe(true);
          }
          expectKept(
            stage,
            messages,
            liedTo && operation.includes('StoredRecording') ? 2 : 1,
            name.includes('#, *'),
          );
        }
      });

      test(`each operation always meets ${JSON.stringify(fault)}`, async () => {
        const operations = new Set((await run(script, () => undefined)).stage.asterisk.operations);
        for (const operation of operations) {
          const faults = (met: keyof AriPort) => (met === operation ? fault : undefined);
          const { stage, messages } = await run(script, faults);
          if (operation === 'cancelRecording' && 'status' in fault && fault.status === 404) continue;
          // Recorded behind a beep that Asterisk plays for all that, the second take may be as short as a doubt.
          const isDoubtful = operation.includes('StoredRecording') || operation === 'play';
          expectKept(stage, messages, isDoubtful ? 2 : 1, name.includes('#, *'));
        }
      });
    }
  });
}
