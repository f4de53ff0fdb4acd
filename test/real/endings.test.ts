/** What a real dialplan is told for every way a call can end: the sandbox's 4XX writes it down. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RealCaller } from '../support/real-caller.ts';
import { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

async function review(caller: RealCaller): Promise<void> {
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.press('#');
  await caller.until('Entering reviewing state');
}

const endings: readonly [string, string, string, (caller: RealCaller) => Promise<void>][] = [
  ['401', 'SUCCESS accepted', '# in the review', async (caller) => (await review(caller), caller.press('#'))],
  ['402', 'SUCCESS timeout', 'a quiet review', review],
  [
    '403',
    'SUCCESS hangup',
    'a hangup in the review',
    async (caller) => (await review(caller), caller.hangup()),
  ],
  [
    '404',
    'SUCCESS hangup',
    'a hangup while recording',
    async (caller) => {
      await caller.until('Recording voicemail');
      await caller.say(440, 1.5);
      await caller.hangup();
    },
  ],
  [
    '405',
    'USEREXIT discarded',
    '9 in the review',
    async (caller) => (await review(caller), caller.press('9')),
  ],
  [
    '406',
    'FAILED hangup',
    'a hangup during the beep',
    async (caller) => {
      await caller.until('Entering recording state');
      await caller.hangup();
    },
  ],
];

for (const whenDone of ['hangup', 'continue'] as const) {
  describe(`with VM_WHEN_DONE=${whenDone}`, () => {
    let stage: RealStage;

    beforeAll(async () => {
      stage = await RealStage.start({ ...STORY_SETTINGS, VM_WHEN_DONE: whenDone });
    });

    afterAll(() => stage.stop());

    test.concurrent.for(endings)('%s: %s after %s', async ([extension, expected, , script]) => {
      const caller = await stage.call(extension);
      await script(caller);
      await caller.over();
      const { words, wentOn } = await stage.conversations.result(extension);
      const [message] = await stage.messages(extension.replace(/^4/, '3'));
      expect(words).toBe(`${expected} ${message?.name ?? ''}`.trim());
      expect(message !== undefined).toBe(expected.startsWith('SUCCESS'));
      const callerLeft = expected.includes('hangup');
      expect(wentOn).toBe(whenDone === 'continue' && !callerLeft);
    });
  });
}
