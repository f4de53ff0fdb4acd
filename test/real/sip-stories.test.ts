/** Some of the stories again, with callers who come over SIP and RTP with RFC 4733 digits, as telephones do. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sippCall, type SippStep } from '../../asterisk/sandbox/sipp.ts';
import { expectTones } from '../stories/stories.ts';
import { RealStage } from '../support/real-stage.ts';

let stage: RealStage;

beforeAll(async () => {
  stage = await RealStage.start();
});

afterAll(async () => {
  const channels = await stage.channels();
  const { status, stderr } = await stage.stop();
  expect({ status, stderr, channels }).toEqual({ status: 0, stderr: '', channels: [] });
  expect(stage.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

/** The beep is over by then, and the recording has begun. */
const AFTER_THE_BEEP: SippStep = { wait: 1 };

async function call(extension: string, steps: readonly SippStep[], calls = 1): Promise<void> {
  const result = await sippCall(stage.sandbox, { extension, steps, calls });
  expect(result).toEqual({ status: 0, successful: calls, failed: 0, errors: '' });
  await vi.waitFor(async () => {
    const left = (await stage.channels()).filter((channel) => channel.includes(`!vm-record,${extension}!`));
    expect(left).toEqual([]);
  });
}

/** Expects `count` messages, each with just this tone. */
async function expectMessages(mailbox: string, hz: number, seconds: number, count = 1): Promise<void> {
  const messages = await stage.messages(mailbox);
  expect(messages).toHaveLength(count);
  for (const { sounds } of messages) expectTones(sounds, [{ hz, seconds }]);
}

test.concurrent('keeps one message after a tone, # and #, and hangs up', async () => {
  await call('305', [
    AFTER_THE_BEEP,
    { say: 440, seconds: 2 },
    { press: '#' },
    { wait: 1 },
    { press: '#' },
    { expectBye: true },
  ]);
  await expectMessages('305', 440, 2);
});

test.concurrent('keeps the messages of five callers who hang up while recording', async () => {
  await call('310', [AFTER_THE_BEEP, { say: 600, seconds: 2 }, { hangup: true }], 5);
  await expectMessages('310', 600, 2, 5);
});

test.concurrent('keeps only the new take after a review, *, a new tone, # and #', async () => {
  await call('313', [
    AFTER_THE_BEEP,
    { say: 440, seconds: 2 },
    { press: '#' },
    { wait: 0.5 },
    { press: '*' },
    AFTER_THE_BEEP,
    { say: 700, seconds: 1.5 },
    { press: '#' },
    { wait: 0.5 },
    { press: '#' },
    { expectBye: true },
  ]);
  await expectMessages('313', 700, 1.5);
});

test.concurrent('keeps the message when the caller hangs up during the review', async () => {
  await call('311', [
    AFTER_THE_BEEP,
    { say: 500, seconds: 2 },
    { press: '#' },
    { wait: 0.5 },
    { hangup: true },
  ]);
  await expectMessages('311', 500, 2);
});
