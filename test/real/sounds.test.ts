/** Every sound that a caller may hear is among the core sounds, and is really heard. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BEEP, PAUSE_CUE, PROMPTS, RESUME_CUE } from '../../src/call/sounds.ts';
import { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

let stage: RealStage;

beforeAll(async () => {
  stage = await RealStage.start({ ...STORY_SETTINGS, VM_PROMPTS: 'on', VM_KEYS: 'asterisk' });
});

afterAll(() => stage.stop());

test('every sound is among the core sounds', async () => {
  const files = new Set(await readdir(stage.sandbox.soundsDir, { recursive: true }));
  const sounds = [BEEP, PAUSE_CUE, RESUME_CUE, ...Object.values(PROMPTS).flat()];
  const missing = sounds.filter((sound) => !files.has(`${sound.replace('sound:', '')}.wav`));
  expect(missing).toEqual([]);
});

test('a call with prompts: all are played, and none is missed', async () => {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.press('5');
  await caller.until('Pausing recording');
  await caller.press('5');
  await caller.until('Unpausing recording');
  await caller.press('#');
  await caller.until('Entering reviewing state');
  await caller.press('8306#');
  await caller.until('Entering reviewing state', 2);
  await caller.over();
  expect(await stage.messages('305')).toHaveLength(1);
  expect(await stage.messages('306')).toHaveLength(1);
  expect(stage.log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  // The introduction, the beep, the message after "forwarded", vm-review, "saved" and "goodbye".
  const sounding = (await caller.heard()).filter(({ levelDb }) => levelDb > -50);
  expect(sounding.reduce((sum, { seconds }) => sum + seconds, 0)).toBeGreaterThan(12);
});
