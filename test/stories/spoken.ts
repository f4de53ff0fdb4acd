/**
 * Whatever the phone does, what was spoken is kept: quiet voices, muted phones, callers who say nothing, and a file that
 * somebody removes. Told on the fake Asterisk (spoken.test.ts) and on a real one (test/real/spoken.test.ts).
 */
import { expect } from 'vitest';
import type { Caller, Stage, StoredMessage } from '../support/stage.ts';
import { expectTones, tones } from './stories.ts';

/** Silence ends a take after 9 s: longer than Asterisk itself goes on without audio. */
export const SPOKEN_SETTINGS = {
  VM_MAX_SECONDS: '60',
  VM_MAX_SILENCE_SECONDS: '9',
  VM_REVIEW_TIMEOUT_SECONDS: '3',
  VM_PROMPTS: 'off',
  VM_MAILBOXES: '300-399',
};

export interface SpokenStage extends Stage {
  /** `VMSTATUS VMREASON VM_MESSAGE`, as the dialplan found them after the call to this mailbox. */
  result(mailbox: string): Promise<string>;
  /** Somebody deletes the file. */
  remove(name: string): Promise<void>;
}

export interface SpokenStory {
  readonly name: string;
  /** The mailbox that the story has for itself. */
  readonly mailbox: string;
  tell(stage: SpokenStage, mailbox: string): Promise<void>;
}

const TOLERANCE_SECONDS = 0.7;
/** The mean of its samples is 180 of 32768: 20 dB less than usual is what is left of a voice far from the phone. */
const QUIET_DB = -41.3;
/** Less than any voice: as loud as the hum of a line. */
const HUM_DB = -54;

async function begin(stage: SpokenStage, mailbox: string): Promise<Caller> {
  const caller = await stage.call(mailbox);
  await caller.until('Recording voicemail');
  return caller;
}

async function end(caller: Caller): Promise<void> {
  await caller.hangup();
  await caller.over();
}

async function review(stage: SpokenStage, mailbox: string, hz: number): Promise<Caller> {
  const caller = await begin(stage, mailbox);
  await caller.say(hz, 1.5);
  await caller.press('#');
  await caller.until('Entering reviewing state');
  return caller;
}

/** Expects one message, of which the dialplan knows, and that is so long. */
async function expectKept(
  stage: SpokenStage,
  mailbox: string,
  reason: string,
  seconds: number,
): Promise<StoredMessage> {
  const messages = await stage.messages(mailbox);
  expect(messages.map(({ name }) => name)).toHaveLength(1);
  const [message] = messages as [StoredMessage];
  expect(Math.abs(message.seconds - seconds), `${message.seconds} s`).toBeLessThanOrEqual(TOLERANCE_SECONDS);
  expect(await stage.result(mailbox)).toBe(`SUCCESS ${reason} ${message.name}`);
  return message;
}

async function expectNothing(stage: SpokenStage, mailbox: string): Promise<void> {
  expect(await stage.messages(mailbox)).toEqual([]);
  expect(await stage.result(mailbox)).toBe('FAILED silence');
}

const recordings = (caller: Caller) => caller.log().filter((line) => line === 'Recording voicemail').length;
const reviews = (caller: Caller) => caller.log().filter((line) => line === 'Entering reviewing state').length;

export const spokenStories: readonly SpokenStory[] = [
  {
    name: 'keeps one second of speech in a recording of less than two, after #',
    mailbox: '330',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.wait(0.4);
      await caller.say(440, 1);
      await caller.wait(0.3);
      await caller.press('##');
      await caller.over();
      expectTones((await expectKept(stage, mailbox, 'accepted', 1.75)).sounds, [{ hz: 440, seconds: 1 }]);
    },
  },
  {
    name: 'keeps one second of speech in a recording of less than two, after a hangup',
    mailbox: '331',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.wait(0.4);
      await caller.say(440, 1);
      await caller.wait(0.35);
      await end(caller);
      expectTones((await expectKept(stage, mailbox, 'hangup', 1.75)).sounds, [{ hz: 440, seconds: 1 }]);
    },
  },
  {
    name: 'keeps a voice that is 20 dB quieter than usual',
    mailbox: '332',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 5, QUIET_DB);
      await end(caller);
      await expectKept(stage, mailbox, 'hangup', 5);
    },
  },
  {
    name: 'hears a quiet voice for longer than the longest silence, and cuts nothing off',
    mailbox: '333',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 12, QUIET_DB);
      await caller.press('##');
      await caller.over();
      await expectKept(stage, mailbox, 'accepted', 12);
      expect(reviews(caller)).toBe(1);
    },
  },
  {
    name: 'keeps what was said before the phone went silent for good',
    mailbox: '334',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 1.6);
      await caller.mute();
      await caller.wait(5);
      await end(caller);
      expectTones((await expectKept(stage, mailbox, 'hangup', 1.6)).sounds, [{ hz: 440, seconds: 1.6 }]);
    },
  },
  {
    name: 'goes on in the same file after 5 s without any audio',
    mailbox: '335',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 3);
      await caller.mute();
      await caller.wait(5);
      await caller.unmute();
      await caller.say(600, 3);
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      const { sounds } = await expectKept(stage, mailbox, 'accepted', 6);
      expect(tones(sounds).map(({ hz = 0 }) => Math.round(hz / 20) * 20)).toEqual([440, 600]);
      expect([recordings(caller), reviews(caller)]).toEqual([1, 1]);
    },
  },
  {
    name: 'waits for a caller whose phone is muted for 7 s after the beep',
    mailbox: '336',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.mute();
      await caller.wait(7);
      await caller.unmute();
      await caller.say(600, 2);
      await end(caller);
      expectTones((await expectKept(stage, mailbox, 'hangup', 2)).sounds, [{ hz: 600, seconds: 2 }]);
    },
  },
  {
    name: 'reviews the message when no audio has come for the longest silence',
    mailbox: '337',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 2);
      await caller.mute();
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      await expectKept(stage, mailbox, 'accepted', 2);
    },
  },
  {
    name: 'ends a take after the longest silence, and keeps that, too',
    mailbox: '338',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 2);
      await caller.until('Entering reviewing state');
      await caller.press('#');
      await caller.over();
      expectTones((await expectKept(stage, mailbox, 'accepted', 11)).sounds, [{ hz: 440, seconds: 2 }]);
    },
  },
  {
    name: 'tells the dialplan that nothing was said, and keeps nothing of it',
    mailbox: '339',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.wait(6);
      await end(caller);
      await expectNothing(stage, mailbox);
    },
  },
  {
    name: 'takes the hum of a line for silence',
    mailbox: '340',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.say(440, 3, HUM_DB);
      await end(caller);
      await expectNothing(stage, mailbox);
    },
  },
  {
    name: 'keeps nothing of a caller from whose phone nothing ever comes',
    mailbox: '341',
    async tell(stage, mailbox) {
      const caller = await begin(stage, mailbox);
      await caller.mute();
      await caller.wait(5);
      await end(caller);
      await expectNothing(stage, mailbox);
    },
  },
  {
    name: 'keeps the first take when nothing is said in the second, and tells the dialplan so',
    mailbox: '342',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440);
      await caller.press('*');
      await caller.until('Recording voicemail', 2);
      await caller.wait(3);
      await end(caller);
      expectTones((await expectKept(stage, mailbox, 'hangup', 1.5)).sounds, [{ hz: 440, seconds: 1.5 }]);
    },
  },
  ...['#', '0'].map((key, n): SpokenStory => ({
    name: `lets the caller record again when somebody removes the message before ${key}`,
    mailbox: `${343 + n}`,
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440);
      await removeMessage(stage, mailbox);
      await caller.press(key);
      await expectNextTake(stage, mailbox, caller);
    },
  })),
  {
    name: 'lets the caller record again when somebody removes the message before it is copied',
    mailbox: '345',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440);
      await caller.press('0');
      await caller.until('Entering copying state');
      await removeMessage(stage, mailbox);
      await caller.press('306#');
      await expectNextTake(stage, mailbox, caller);
    },
  },
  {
    name: 'lets the caller record again when somebody removes the message before the review goes on',
    mailbox: '346',
    async tell(stage, mailbox) {
      const caller = await review(stage, mailbox, 440);
      await caller.press('0');
      await caller.until('Entering copying state');
      await removeMessage(stage, mailbox);
      await caller.press('*');
      await expectNextTake(stage, mailbox, caller);
      // Nobody was left with the silence of what can't be played.
      expect(reviews(caller)).toBe(2);
    },
  },
];

async function removeMessage(stage: SpokenStage, mailbox: string): Promise<void> {
  const [message] = (await stage.messages(mailbox)) as [StoredMessage];
  await stage.remove(message.name);
}

/** The caller is asked for another take, and that is the message then. */
async function expectNextTake(stage: SpokenStage, mailbox: string, caller: Caller): Promise<void> {
  await caller.until('Recording voicemail', 2);
  await caller.say(600, 2);
  await caller.press('#');
  await caller.until('Entering reviewing state', 2);
  await caller.press('#');
  await caller.over();
  expectTones((await expectKept(stage, mailbox, 'accepted', 2)).sounds, [{ hz: 600, seconds: 2 }]);
}
