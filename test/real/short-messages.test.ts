/**
 * Many callers at once who say one second of something in a recording of less than two, over SIP: what Asterisk counts
 * in whole seconds would be nothing of it for some of them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sippCall, type SippStep } from '../../asterisk/sandbox/sipp.ts';
import { expectTones } from '../stories/stories.ts';
import { RealStage } from '../support/real-stage.ts';

/** Of those who press a key, and of those who hang up: both together 10 new ones a second. */
const CALLERS = 30;
const RATE = 5;

/** From the answer on: the beep, a moment of silence, one second of a tone, and silence again. */
const SHORT_MESSAGE: readonly SippStep[] = [{ wait: 0.75 }, { say: 440, seconds: 1 }, { wait: 0.38 }];

let stage: RealStage;

beforeAll(async () => {
  stage = await RealStage.start({ VM_PROMPTS: 'off' });
});

afterAll(async () => {
  const channels = await stage.channels();
  const { status, stderr } = await stage.stop();
  expect({ status, stderr, channels }).toEqual({ status: 0, stderr: '', channels: [] });
});

const call = (extension: string, ...end: readonly SippStep[]) =>
  sippCall(stage.sandbox, { extension, calls: CALLERS, rate: RATE, steps: [...SHORT_MESSAGE, ...end] });

test('one second of speech is a message of every caller, after # and after a hangup', async () => {
  const results = await Promise.all([
    call('305', { press: '#' }, { wait: 0.5 }, { press: '#' }, { expectBye: true }),
    call('306', { hangup: true }),
  ]);
  for (const result of results)
    expect(result).toEqual({ status: 0, successful: CALLERS, failed: 0, errors: '' });
  const over = () => stage.log.lines.filter(({ msg }) => msg === 'Call over');
  await expect.poll(() => over().length, { timeout: 10_000 }).toBe(2 * CALLERS);
  for (const mailbox of ['305', '306']) {
    const messages = await stage.messages(mailbox);
    expect(messages).toHaveLength(CALLERS);
    for (const { seconds, sounds } of messages) {
      expectTones(sounds, [{ hz: 440, seconds: 1 }]);
      // It is as short as it is meant to be.
      expect(seconds).toBeLessThan(2);
    }
  }
  const wrong = ['Recording too short', 'Nothing was said', 'Discarding stored recording'];
  expect(stage.log.lines.filter(({ msg, level }) => level === 'error' || wrong.includes(msg))).toEqual([]);
});
