/** Callers on a disk that is really full: what was stored is kept and playable, and the dialplan is told. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { tones } from '../stories/stories.ts';

/** 16,000 bytes are a second. */
const DISK_BYTES = 49_152;

let stage: RealStage;

beforeEach(async () => {
  const settings = { ...STORY_SETTINGS, VM_MAX_SECONDS: '30', VM_MAX_SILENCE_SECONDS: '10' };
  stage = await RealStage.start(settings, { recordingDiskBytes: DISK_BYTES });
});

afterEach(async () => {
  await stage.stop();
});

const errors = () => stage.log.lines.filter(({ level }) => level === 'error');

test('a caller who talks until the disk is full hears what is there, and it is kept', async () => {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.talkOn(440);
  await caller.until('Entering reviewing state');
  await caller.press('#');
  await caller.over();
  const [message, ...others] = await stage.messages('305');
  expect(others).toEqual([]);
  const [tone] = tones(message?.sounds ?? []);
  expect(tone?.hz).toBeCloseTo(440, -1);
  expect(tone?.seconds).toBeGreaterThan(1);
  expect(errors()).toEqual([
    expect.objectContaining({ msg: 'Recording ended early: is the disk full?', recording: message?.name }),
  ]);
});

test('a first take is kept when the disk is full for the second', async () => {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  await caller.press('*');
  await caller.until('Recording voicemail', 2);
  await caller.talkOn(600);
  await caller.until('Entering reviewing state', 2);
  await caller.press('#');
  await caller.over();
  const messages = await stage.messages('305');
  // Half of the second take is there, too: nobody can say which is worth more.
  const heard = messages.map(({ sounds }) => tones(sounds).map(({ hz = 0 }) => Math.round(hz / 20) * 20));
  expect(heard.flat().sort()).toEqual([440, 600]);
});

test('a caller for whom nothing can be stored is let go after a second try, with FAILED and storage', async () => {
  const filling = writeFile(join(stage.sandbox.recordingDir, 'full'), Buffer.alloc(2 * DISK_BYTES));
  await expect(filling).rejects.toMatchObject({ code: 'ENOSPC' });
  const caller = await stage.call('405');
  for (const n of [1, 2]) {
    await caller.until('Recording voicemail', n);
    await caller.say(440, 1.5);
    await caller.press('#');
  }
  await caller.over();
  expect(await stage.sandbox.cli('dialplan show globals')).toContain('RESULT_405=FAILED storage');
  expect(await stage.messages('305')).toEqual([]);
  expect(errors().map(({ msg }) => msg)).toContain('Recording has no content: is the disk full?');
});
