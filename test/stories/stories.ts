/**
 * The stories: what callers do, and what must be on disk afterwards. Told on the fake Asterisk in
 * milliseconds (stories.test.ts) and on a real one (test/real/stories.test.ts).
 */
import { expect } from 'vitest';
import { TONE_DB } from '../../asterisk/sandbox/wav.ts';
import type { Caller, Sound, Stage, StoredMessage } from '../support/stage.ts';

export interface Story {
  readonly name: string;
  /** The mailbox that the story has for itself. */
  readonly mailbox: string;
  tell(stage: Stage, mailbox: string): Promise<void>;
}

/** Lengths are right within this, on the real Asterisk as on the fake. */
const TOLERANCE_SECONDS = 0.3;
/** The caller speaks when the log has told that it is recorded: on a busy machine, a little later. */
const BUSY_SECONDS = 0.7;
const TOLERANCE_DB = 2;
/** Less than this is a seam, not a sound. */
const SEAM_SECONDS = 0.25;

/** A tone as it should be found. */
interface Tone {
  readonly hz: number;
  readonly seconds: number;
  /** As loud as usual by default. */
  readonly levelDb?: number;
}

/** The tones in a recording or in a caller's ear; silences and seams left out. */
export function tones(sounds: readonly Sound[]): Sound[] {
  return sounds.filter(({ hz, seconds }) => hz !== undefined && seconds >= SEAM_SECONDS);
}

/** Expects exactly these tones, one after the other, as loud as they were spoken. */
export function expectTones(sounds: readonly Sound[], expected: readonly Tone[]): void {
  const found = tones(sounds);
  expect(found.map(({ hz = 0 }) => Math.round(hz / 20) * 20)).toEqual(expected.map(({ hz }) => hz));
  for (const [n, { seconds, levelDb }] of found.entries()) {
    expect(Math.abs(seconds - (expected[n]?.seconds ?? 0))).toBeLessThanOrEqual(TOLERANCE_SECONDS);
    expect(Math.abs(levelDb - (expected[n]?.levelDb ?? TONE_DB))).toBeLessThanOrEqual(TOLERANCE_DB);
  }
}

/** Expects that the mailbox holds one message, in its INBOX, with exactly this tone in it. */
async function expectMessage(
  stage: Stage,
  mailbox: string,
  hz: number,
  seconds: number,
): Promise<StoredMessage> {
  const messages = await stage.messages(mailbox);
  expect(messages.map(({ name }) => name)).toEqual([
    expect.stringMatching(new RegExp(`^voicemail/${mailbox}/INBOX/\\d{13}-[A-Za-z0-9_-]+$`)),
  ]);
  const [message] = messages as [StoredMessage];
  expectTones(message.sounds, [{ hz, seconds }]);
  expect(message.seconds - seconds).toBeGreaterThanOrEqual(-TOLERANCE_SECONDS);
  expect(message.seconds - seconds).toBeLessThanOrEqual(BUSY_SECONDS);
  return message;
}

/** A caller who has spoken this tone after the beep. */
async function record(stage: Stage, mailbox: string, hz: number, seconds: number): Promise<Caller> {
  const caller = await stage.call(mailbox);
  await caller.until('Recording voicemail');
  await caller.say(hz, seconds);
  return caller;
}

/** A caller who has spoken this tone, pressed #, and begins to hear it. */
async function review(stage: Stage, mailbox: string, hz: number, seconds: number): Promise<Caller> {
  const caller = await record(stage, mailbox, hz, seconds);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  return caller;
}

export const stories: readonly Story[] = [
  {
    name: 'keeps one message after a tone, # and #, and hangs up',
    mailbox: '305',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 2);
      await caller.wait(1);
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
      // The tutorial's sample output, line for line.
      expect(caller.log()).toEqual([
        'Channel recording voicemail',
        'Entering recording state',
        'Recording voicemail',
        'Accepted recording',
        'Entering reviewing state',
        'Accepted recording',
        'Ending voice mail call',
      ]);
    },
  },
  {
    name: 'keeps the message when the caller hangs up while recording',
    mailbox: '310',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 500, 2);
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 500, 2);
      expect(caller.log().slice(-2)).toEqual(['Accepted recording', 'Channel hung up']);
    },
  },
  {
    name: 'keeps the message when the caller hangs up during the review',
    mailbox: '311',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 600, 2);
      await caller.wait(0.5);
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 600, 2);
    },
  },
  {
    name: 'keeps only the last take after * and * while recording, then # and #',
    mailbox: '312',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 1.5);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.say(600, 1.5);
      await caller.press('*');
      await caller.until('Recording voicemail', 3);
      await caller.say(800, 1.5);
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 800, 1.5);
      expect(caller.log()).toEqual([
        'Channel recording voicemail',
        ...['Entering recording state', 'Recording voicemail', 'Canceling recording'],
        ...['Entering recording state', 'Recording voicemail', 'Canceling recording'],
        ...['Entering recording state', 'Recording voicemail', 'Accepted recording'],
        ...['Entering reviewing state', 'Accepted recording', 'Ending voice mail call'],
      ]);
    },
  },
  {
    name: 'keeps only the new take after a review, *, a new tone, # and #',
    mailbox: '313',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 2);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.say(700, 1.5);
      await caller.press('#');
      await caller.until('Entering reviewing state', 2);
      await caller.press('#');
      await caller.over();
      const message = await expectMessage(stage, mailbox, 700, 1.5);
      expect(message.name).toMatch(/__2$/);
    },
  },
  {
    name: 'keeps the first take when the caller asks for another and hangs up at once',
    mailbox: '314',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 2);
      await caller.press('*');
      await caller.until('Entering recording state', 2);
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
    },
  },
  {
    name: 'keeps the first take when the second is too short to be a message',
    mailbox: '315',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 2);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
    },
  },
  {
    name: 'cuts the review short on *, and records at once',
    mailbox: '328',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 4);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.say(600, 1.5);
      await caller.hangup();
      await caller.over();
      const messages = await stage.messages(mailbox);
      expectTones(messages[0]?.sounds ?? [], [{ hz: 600, seconds: 1.5 }]);
      const reviewed = tones(await caller.heard()).filter(({ hz = 0 }) => Math.abs(hz - 440) < 10);
      expect(reviewed.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(1);
    },
  },
  {
    name: 'plays in the review what the caller said',
    mailbox: '316',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 520, 2);
      await caller.press('#');
      await caller.over();
      const beepAndMessage = tones(await caller.heard()).slice(-1);
      expectTones(beepAndMessage, [{ hz: 520, seconds: 2 }]);
    },
  },
  {
    name: 'does nothing on # and * during the beep',
    mailbox: '317',
    async tell(stage, mailbox) {
      const caller = await stage.call(mailbox);
      // At once: the log tells of the beep up to 200 ms later, and the second key would come after it.
      await caller.press('#*');
      await caller.until('Recording voicemail');
      await caller.say(440, 2);
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
      expect(caller.log().filter((line) => line === 'Entering recording state')).toHaveLength(1);
    },
  },
  {
    name: 'keeps no message when the caller hangs up during the beep',
    mailbox: '318',
    async tell(stage, mailbox) {
      const caller = await stage.call(mailbox);
      await caller.until('Entering recording state');
      await caller.hangup();
      await caller.over();
      expect(await stage.messages(mailbox)).toEqual([]);
    },
  },
  {
    name: 'takes # and # within 100 ms for the end and the acceptance',
    mailbox: '319',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 2);
      await caller.press('##');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
      expect(caller.log().at(-1)).toBe('Ending voice mail call');
    },
  },
  {
    name: 'keeps the message when # and the hangup come at the same moment',
    mailbox: '320',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 2);
      await caller.press('#');
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
    },
  },
  {
    name: 'asks again with a beep when # comes before anything was said',
    mailbox: '321',
    async tell(stage, mailbox) {
      const caller = await stage.call(mailbox);
      await caller.until('Recording voicemail');
      await caller.press('#');
      await caller.until('Recording voicemail', 2);
      await caller.say(900, 1.5);
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 900, 1.5);
    },
  },
  {
    name: 'reviews and keeps the message of a caller who talks on until the longest duration',
    mailbox: '322',
    async tell(stage, mailbox) {
      const caller = await stage.call(mailbox);
      await caller.until('Recording voicemail');
      await caller.talkOn(640);
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      // Asterisk's clock for the longest duration counts whole seconds: up to one more than was asked for.
      const seconds = (await stage.messages(mailbox))[0]?.seconds ?? 0;
      expect(seconds).toBeGreaterThanOrEqual(5 - TOLERANCE_SECONDS);
      expect(seconds).toBeLessThanOrEqual(6 + TOLERANCE_SECONDS);
      await expectMessage(stage, mailbox, 640, seconds);
    },
  },
  {
    name: 'reviews and keeps the message of a caller who falls silent',
    mailbox: '323',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 680, 1.5);
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      const messages = await stage.messages(mailbox);
      expect(messages).toHaveLength(1);
      expectTones(messages[0]?.sounds ?? [], [{ hz: 680, seconds: 1.5 }]);
    },
  },
  {
    name: 'accepts the message when nobody presses a key in the review',
    mailbox: '324',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 2);
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
      expect(caller.log().slice(-2)).toEqual(['Accepted recording', 'Ending voice mail call']);
    },
  },
  {
    name: 'keeps nothing of a caller who says nothing and hangs up',
    mailbox: '325',
    async tell(stage, mailbox) {
      const caller = await stage.call(mailbox);
      await caller.until('Recording voicemail');
      await caller.wait(1.5);
      await caller.hangup();
      await caller.over();
      expect(await stage.messages(mailbox)).toEqual([]);
      expect(caller.log()).toContain('Nothing was said');
    },
  },
  {
    name: 'keeps nothing of a caller who says nothing until the recording ends by itself',
    mailbox: '326',
    async tell(stage, mailbox) {
      const caller = await stage.call(mailbox);
      await caller.over();
      expect(await stage.messages(mailbox)).toEqual([]);
      expect(caller.log()).toContain('Ending voice mail call');
    },
  },
  {
    name: 'keeps the first take when the caller asks for another and says nothing',
    mailbox: '327',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 2);
      await caller.press('*');
      await caller.until('Entering reviewing state', 2);
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
    },
  },
  {
    name: 'leaves the pause out of the message, and gives a cue for each 5',
    mailbox: '340',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 1.5);
      await caller.press('5');
      await caller.until('Pausing recording');
      await caller.say(900, 1.5);
      await caller.press('5');
      await caller.until('Unpausing recording');
      await caller.say(600, 1.5);
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      const [message, ...others] = await stage.messages(mailbox);
      expect(others).toEqual([]);
      expectTones(message?.sounds ?? [], [
        { hz: 440, seconds: 1.5 },
        { hz: 600, seconds: 1.5 },
      ]);
    },
  },
  {
    name: 'keeps what was said before the pause when the caller hangs up while paused',
    mailbox: '341',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 2);
      await caller.press('5');
      await caller.until('Pausing recording');
      await caller.wait(1);
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
    },
  },
  {
    name: 'reviews what was said before the pause on # while paused',
    mailbox: '342',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 2);
      await caller.press('5');
      await caller.until('Pausing recording');
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 2);
    },
  },
  {
    name: 'records again on * while paused',
    mailbox: '343',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 2);
      await caller.press('5');
      await caller.until('Pausing recording');
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.say(600, 1.5);
      await caller.hangup();
      await caller.over();
      const messages = await stage.messages(mailbox);
      expect(messages.map(({ name }) => name)).toEqual([expect.stringMatching(/__2$/)]);
      expectTones(messages[0]?.sounds ?? [], [{ hz: 600, seconds: 1.5 }]);
    },
  },
  ...(['while recording', 'while paused', 'in the review', 'after a second take'] as const).map(
    (when, n): Story => ({
      name: `leaves nothing on disk after 9 ${when}`,
      mailbox: `${350 + n}`,
      async tell(stage, mailbox) {
        const caller = await record(stage, mailbox, 440, 1.5);
        if (when === 'while paused') {
          await caller.press('5');
          await caller.until('Pausing recording');
        } else if (when !== 'while recording') {
          await caller.press('#');
          await caller.until('Entering reviewing state');
        }
        if (when === 'after a second take') {
          await caller.press('*');
          await caller.until('Recording voicemail', 2);
          await caller.say(600, 1.5);
        }
        await caller.press('9');
        await caller.over();
        expect(await stage.messages(mailbox)).toEqual([]);
        expect(caller.log()).toContain('Ending voice mail call');
      },
    }),
  ),
  {
    name: 'copies the message to the mailbox that is dialled, plays it again, and does not on *',
    mailbox: '360',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 2);
      await caller.press('0');
      await caller.until('Entering copying state');
      await caller.press('361#');
      await caller.until('Copied recording');
      await caller.until('Entering reviewing state', 2);
      await caller.press('0');
      await caller.until('Entering copying state', 2);
      await caller.press('362*');
      await caller.until('Entering reviewing state', 3);
      await caller.press('#');
      await caller.over();
      const original = await expectMessage(stage, mailbox, 440, 2);
      const copy = await expectMessage(stage, '361', 440, 2);
      expect(copy.name).toBe(`${original.name.replace('/360/', '/361/')}-copy`);
      expect(await stage.messages('362')).toEqual([]);
    },
  },
  {
    name: 'copies nothing without a number, to the own mailbox, twice, endlessly, or in silence',
    mailbox: '363',
    async tell(stage, mailbox) {
      const caller = await record(stage, mailbox, 440, 1.5);
      await caller.press('#');
      for (const [n, keys] of ['#', '363#', '364#', '364#', '1'.repeat(33), ''].entries()) {
        await caller.until('Entering reviewing state', n + 1);
        await caller.press('0');
        await caller.until('Entering copying state', n + 1);
        if (keys) await caller.press(keys);
      }
      await caller.until('Entering reviewing state', 7);
      await caller.press('#');
      await caller.over();
      await expectMessage(stage, mailbox, 440, 1.5);
      await expectMessage(stage, '364', 440, 1.5);
    },
  },
  {
    name: 'keeps the original and the copies made so far when the caller hangs up while copying',
    mailbox: '365',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440, 1.5);
      await caller.press('0');
      await caller.until('Entering copying state');
      await caller.press('366#');
      await caller.until('Entering reviewing state', 2);
      await caller.press('0');
      await caller.until('Entering copying state', 2);
      await caller.press('36');
      await caller.hangup();
      await caller.over();
      await expectMessage(stage, mailbox, 440, 1.5);
      await expectMessage(stage, '366', 440, 1.5);
      expect(await stage.messages('36')).toEqual([]);
    },
  },
];

/** Twenty calls at once into one mailbox. */
export const crowd: Story = {
  name: 'keeps twenty messages, each with its own tone, of twenty calls at once',
  mailbox: '330',
  async tell(stage, mailbox) {
    const expected = Array.from({ length: 20 }, (_, n) => 400 + 60 * n);
    await Promise.all(
      expected.map(async (hz) => {
        const caller = await review(stage, mailbox, hz, 2);
        await caller.press('#');
        await caller.over();
      }),
    );
    const messages = await stage.messages(mailbox);
    const found = messages
      .map(({ sounds }) => tones(sounds))
      .sort((a, b) => (a[0]?.hz ?? 0) - (b[0]?.hz ?? 0));
    expect(found).toHaveLength(expected.length);
    for (const [n, hz] of expected.entries()) expectTones(found[n] ?? [], [{ hz, seconds: 2 }]);
  },
};
