/**
 * Calls that outlive the daemon: in each state the daemon goes away, comes back, and the call goes on where it
 * stood. Told on the fake Asterisk (takeover.test.ts) and on a real one (test/real/takeover.test.ts).
 */
import { expect } from 'vitest';
import type { Caller, Stage } from '../support/stage.ts';
import { expectTones } from './stories.ts';

/** Long enough for nothing to end by itself while the daemon is away. */
export const TAKEOVER_SETTINGS = {
  VM_MAX_SECONDS: '60',
  VM_MAX_SILENCE_SECONDS: '30',
  VM_REVIEW_TIMEOUT_SECONDS: '20',
  VM_PROMPTS: 'off',
  VM_MAILBOXES: '300-399',
};

const SECONDS = 1.5;
const FIRST = 440;
const SECOND = 880;
const LATER = 1320;

/** Where a call stands when the daemon goes away. */
interface Situation {
  readonly name: string;
  /** How often the states were entered so far, and recordings begun. */
  readonly recordings: number;
  readonly reviews: number;
  /** What a hangup leaves; in Hz. */
  readonly kept: number;
  reach(caller: Caller): Promise<void>;
}

async function speak(caller: Caller, hz: number, times: number): Promise<void> {
  await caller.until('Recording voicemail', times);
  await caller.say(hz, SECONDS);
}

async function review(caller: Caller): Promise<void> {
  await speak(caller, FIRST, 1);
  await caller.press('#');
  await caller.until('Entering reviewing state');
}

const situations: readonly Situation[] = [
  {
    name: 'recording',
    recordings: 1,
    reviews: 0,
    kept: FIRST,
    reach: (caller) => speak(caller, FIRST, 1),
  },
  {
    name: 'pausing',
    recordings: 1,
    reviews: 0,
    kept: FIRST,
    async reach(caller) {
      await speak(caller, FIRST, 1);
      await caller.press('5');
      await caller.until('Pausing recording');
      await caller.wait(0.5);
    },
  },
  {
    name: 'recording again',
    recordings: 2,
    reviews: 1,
    kept: SECOND,
    async reach(caller) {
      await review(caller);
      await caller.press('*');
      await speak(caller, SECOND, 2);
    },
  },
  {
    name: 'reviewing',
    recordings: 1,
    reviews: 1,
    kept: FIRST,
    async reach(caller) {
      await review(caller);
      await caller.wait(0.5);
    },
  },
  {
    name: 'copying',
    recordings: 1,
    reviews: 1,
    kept: FIRST,
    async reach(caller) {
      await review(caller);
      await caller.press('0');
      await caller.until('Entering copying state');
      await caller.wait(0.5);
    },
  },
];

/** What the caller does when the daemon is back, and what must be in the message then. */
interface Sequel {
  readonly name: string;
  /** While the daemon is away. */
  inTheGap?(caller: Caller): Promise<void>;
  afterwards(caller: Caller, situation: Situation): Promise<void>;
  message(situation: Situation): readonly number[];
}

const sequels: readonly Sequel[] = [
  {
    name: '#',
    async afterwards(caller, { reviews, name }) {
      await caller.press('#');
      if (name !== 'reviewing') {
        await caller.until('Entering reviewing state', reviews + 1);
        await caller.press('#');
      }
    },
    message: ({ kept }) => [kept],
  },
  {
    name: '*',
    async afterwards(caller, { recordings, reviews, name }) {
      await caller.press('*');
      if (name === 'copying') {
        await caller.until('Entering reviewing state', reviews + 1);
        await caller.press('*');
      }
      await speak(caller, LATER, recordings + 1);
      await caller.hangup();
    },
    message: () => [LATER],
  },
  {
    name: 'a hangup',
    afterwards: (caller) => caller.hangup(),
    message: ({ kept }) => [kept],
  },
  {
    name: 'a hangup in the gap',
    inTheGap: (caller) => caller.hangup(),
    afterwards: () => Promise.resolve(),
    message: ({ kept }) => [kept],
  },
];

/** Goes on after a pause, which only one situation has. */
const goOn: Sequel = {
  name: '5, more, and a hangup',
  async afterwards(caller) {
    await caller.press('5');
    await caller.until('Unpausing recording');
    await caller.say(LATER, SECONDS);
    await caller.hangup();
  },
  message: () => [FIRST, LATER],
};

export interface TakeoverStage extends Stage {
  /** The daemon goes away; `gap` happens; the daemon, or the next one, comes back and is ready. */
  away(gap: () => Promise<void>): Promise<void>;
  /** Whether the same daemon comes back, and so knows the calls that have ended in the gap. */
  readonly comesBack: boolean;
  /** What the daemon has counted, and published. */
  counted(mailbox: string): Promise<number>;
}

export interface Takeover {
  readonly name: string;
  readonly mailbox: string;
  readonly situation: Situation;
  readonly sequel: Sequel;
}

export const takeovers: readonly Takeover[] = situations
  .flatMap((situation) =>
    (situation.name === 'pausing' ? [...sequels, goOn] : sequels).map((sequel) => ({ situation, sequel })),
  )
  .map(({ situation, sequel }, n) => ({
    name: `${situation.name}, then ${sequel.name}`,
    mailbox: `${310 + n}`,
    situation,
    sequel,
  }));

/** All of these calls at once: they reach where they stand, the daemon goes away and comes back, and they go on. */
export async function tell(stage: TakeoverStage, calls: readonly Takeover[]): Promise<void> {
  const told = await Promise.all(
    calls.map(async (call) => {
      const caller = await stage.call(call.mailbox);
      await call.situation.reach(caller);
      return { ...call, caller };
    }),
  );
  await stage.away(async () => {
    await Promise.all(told.map(async ({ sequel, caller }) => sequel.inTheGap?.(caller)));
  });
  await Promise.all(
    told.map(async ({ caller, sequel, situation }) => {
      await sequel.afterwards(caller, situation);
      await (sequel.inTheGap && !stage.comesBack ? caller.gone() : caller.over());
    }),
  );
  for (const { name, mailbox, sequel, situation } of told) {
    const messages = await stage.messages(mailbox);
    const found = messages.map((message) => message.name);
    expect(found, name).toEqual([expect.stringMatching(`^voicemail/${mailbox}/INBOX/`)]);
    expectTones(
      messages[0]?.sounds ?? [],
      sequel.message(situation).map((hz) => ({ hz, seconds: SECONDS })),
    );
    expect(await stage.counted(mailbox), `the count after ${name}`).toBe(1);
  }
}
