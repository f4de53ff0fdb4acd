/**
 * The lamp of a telephone that subscribes to message-summary, through whole calls, with both back-ends of
 * message waiting.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import type { RealCaller } from '../support/real-caller.ts';
import { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

async function review(caller: RealCaller): Promise<void> {
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.press('#');
  await caller.until('Entering reviewing state');
}

for (const mwi of ['minivm', 'mailboxes'] as const) {
  describe(`by ${mwi}`, () => {
    let stage: RealStage;

    beforeAll(async () => {
      stage = await RealStage.start(STORY_SETTINGS, { mailboxes: mwi === 'mailboxes' });
    });

    afterAll(() => stage.stop());

    test('is lit by a message and by a copy, not by one thrown away, and follows what others delete', async () => {
      const works = expect.objectContaining({ msg: 'Message waiting works', mwi }) as unknown;
      await expect.poll(() => stage.log.lines).toContainEqual(works);
      using own = await Lamp.watch(stage.sandbox, '101'); // 305
      using other = await Lamp.watch(stage.sandbox, '102'); // 306

      const discarded = await stage.call('305');
      await review(discarded);
      await discarded.press('9');
      await discarded.over();

      const copied = await stage.call('305');
      await review(copied);
      await copied.press('0');
      await copied.until('Entering copying state');
      await copied.press('306#');
      await copied.until('Entering reviewing state', 2);
      await expect.poll(() => other.state).toMatchObject({ lit: true, newMessages: 1 });
      expect(own.state).toMatchObject({ lit: false }); // it may still be thrown away
      await copied.press('#');
      await copied.over();
      await expect.poll(() => own.state).toEqual({ lit: true, newMessages: 1, oldMessages: 0 });

      const [message] = await stage.messages('305');
      await unlink(join(stage.sandbox.recordingDir, `${message?.name}.wav`));
      stage.reload();
      await expect.poll(() => own.state).toEqual({ lit: false, newMessages: 0, oldMessages: 0 });
      expect(other.state).toMatchObject({ newMessages: 1 });
    });
  });
}
