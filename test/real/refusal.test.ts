/** What a dialplan may hand over as the mailbox, on a real Asterisk: refused, or understood; and who finds it full. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

let stage: RealStage;

beforeAll(async () => {
  // With prompts, so that a caller who is refused is there long enough to be seen.
  stage = await RealStage.start({ ...STORY_SETTINGS, VM_PROMPTS: 'on', VM_MAX_MESSAGES: '1' });
});

afterAll(() => stage.stop());

const warnings = () => stage.log.lines.filter(({ level }) => level === 'warn');

/** An extension whose dialplan line is `Stasis(<argument>)`. */
async function extension(number: string, argument: string): Promise<string> {
  const answer = await stage.sandbox.cli(
    `dialplan add extension ${number},1,Stasis,"${argument}" into default`,
  );
  expect(answer).toContain('added into');
  return number;
}

test.for([
  ['9001', 'vm-record'],
  ['9002', 'vm-record,..'],
  ['9003', 'vm-record,../../../tmp/x'],
  ['9004', 'vm-record,305/INBOX'],
  ['9005', `vm-record,${'x'.repeat(33)}`],
] as const)(
  '%s: Stasis(%s) is refused with one warning, and nothing is created on disk',
  async ([number, argument]) => {
    const before = await readdir(stage.sandbox.recordingDir, { recursive: true });
    const warned = warnings().length;
    const caller = await extension(number, argument).then((called) => stage.call(called));
    await caller.over();
    expect(warnings().slice(warned)).toEqual([
      expect.objectContaining({ msg: expect.stringContaining('Refusing a call: a mailbox is') as string }),
    ]);
    expect(await readdir(stage.sandbox.recordingDir, { recursive: true })).toEqual(before);
    expect(await stage.channels()).toEqual([]);
  },
);

test("the tutorial's dialplan, with a blank before the mailbox, is understood", async () => {
  const caller = await stage.call(await extension('9010', 'vm-record, 305'));
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.hangup();
  await caller.over();
  expect(await stage.messages('305')).toHaveLength(1);
});

test('of three who call a mailbox at once that takes one message, one can leave it', async () => {
  const all = await Promise.all([1, 2, 3].map(() => stage.call('307')));
  const refused = () => stage.log.lines.filter(({ msg }) => msg.startsWith('Mailbox full'));
  await expect.poll(() => refused().length, { timeout: 10_000 }).toBe(2);
  const ids = refused().map(({ channel }) => channel);
  const letIn = all.filter(({ leg }) => !ids.includes(leg.farId));
  expect(letIn).toHaveLength(1);
  // Cuts the prompts short, and ends the calls of those who were told to go.
  await Promise.all(all.map((caller) => caller.press('1')));
  await letIn[0]?.until('Recording voicemail');
  await letIn[0]?.say(440, 1.5);
  await letIn[0]?.hangup();
  for (const caller of all) await caller.over();
  expect(await stage.messages('307')).toHaveLength(1);
});
