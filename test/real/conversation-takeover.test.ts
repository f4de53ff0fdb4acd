/**
 * Conversations that outlive the daemon, on a real Asterisk: it goes away while telephones ring, while two talk, and
 * while they are recorded, paused or muted; and the call goes on where it stood.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { soundingSeconds } from '../../asterisk/sandbox/soundings.ts';
import { askAri } from '../support/ask-ari.ts';
import type { Talking } from '../support/conversations.ts';
import type { Phone } from '../../asterisk/sandbox/local-caller.ts';
import type { RealCaller } from '../support/real-caller.ts';
import { type Away, RealTakeoverStage } from '../support/real-takeover.ts';
import { expectNames, expectTone, FIRST, record, SECOND, SECONDS, speak, THIRD } from '../support/voices.ts';
import { TAKEOVER_SETTINGS } from '../stories/takeover.ts';
import { expectTones } from '../stories/stories.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ extras: { modules: ['bridge_native_rtp'], files: {} } });
});

afterAll(() => sandbox.stop());

/** Where two who talk stand when the daemon goes away. */
interface Situation {
  readonly name: string;
  /** Whether a hangup leaves what they said FIRST. */
  readonly isRecorded: boolean;
  /** Whether what they say while the daemon is away is recorded. */
  readonly records: boolean;
  /** Which key has what follows recorded again, and what the daemon says then. */
  readonly key: readonly [digit: string, done: string];
  reach(call: Talking): Promise<void>;
}

/** The recording in which they have said FIRST. */
async function begin(call: Talking): Promise<void> {
  await record(call);
  await speak(call, FIRST);
}

const RECORDING = 'Recording the conversation';

const situations: readonly Situation[] = [
  {
    name: 'conversing',
    isRecorded: false,
    records: false,
    key: ['0', RECORDING],
    reach: () => Promise.resolve(),
  },
  { name: 'recording', isRecorded: true, records: true, key: ['', RECORDING], reach: begin },
  {
    name: 'paused',
    isRecorded: true,
    records: false,
    key: ['5', 'Unpausing recording'],
    async reach(call) {
      await begin(call);
      await call.owner.press('5');
      await call.caller.until('Pausing recording');
    },
  },
  {
    name: 'muted',
    isRecorded: true,
    records: false,
    key: ['6', 'Unmuting recording'],
    async reach(call) {
      await begin(call);
      await call.owner.press('6');
      await call.caller.until('Muting recording');
      // Asterisk does not tell whether a recording is muted: the daemon notes it as soon as it is.
      const { farId } = call.caller.leg;
      const path = `channels/${encodeURIComponent(farId)}/variable?variable=VM_STATE`;
      const noted = () => askAri<{ value: string }>(sandbox, path).then(({ value }) => value);
      await vi.waitFor(async () => expect(await noted()).toContain('muted'));
    },
  },
];

/** What happens while the daemon is away and afterwards, and whether they go on talking. */
interface Sequel {
  readonly name: string;
  readonly goesOn: boolean;
  inTheGap(call: Talking): Promise<unknown>;
}

const sequels: readonly Sequel[] = [
  { name: 'their keys', goesOn: true, inTheGap: (call) => speak(call, SECOND) },
  { name: 'the caller hangs up in the gap', goesOn: false, inTheGap: ({ caller }) => caller.hangup() },
  { name: 'the owner hangs up in the gap', goesOn: false, inTheGap: ({ owner }) => owner.hangup() },
];

/** One call, in three parts: before the daemon goes away, meanwhile, and afterwards. */
interface Told {
  inTheGap(): Promise<unknown>;
  afterwards(): Promise<void>;
  /** When all calls are over. */
  check(): Promise<void>;
}

async function talking(
  stage: RealTakeoverStage,
  number: string,
  situation: Situation,
  sequel: Sequel,
): Promise<Told> {
  const { conversations } = stage;
  const call = await conversations.talk(`5${number}`);
  await situation.reach(call);
  return {
    inTheGap: () => sequel.inTheGap(call),
    async afterwards() {
      if (sequel.goesOn) {
        const [digit, done] = situation.key;
        if (digit !== '') await call.owner.press(digit);
        await call.caller.until(done);
        await speak(call, THIRD);
        await call.owner.press('#');
      }
      // The caller is hung up by whichever daemon is there, and so is the telephone.
      await Promise.all([call.caller.gone(), call.phone.quiet()]);
    },
    async check() {
      const recorded = await conversations.recorded(`3${number}`);
      expectNames(recorded, `3${number}`, situation.isRecorded || sequel.goesOn ? 1 : 0);
      for (const { wav } of recorded) {
        const isThere = [situation.isRecorded, situation.records && sequel.goesOn, sequel.goesOn];
        for (const [n, voices] of [FIRST, SECOND, THIRD].entries()) {
          for (const hz of voices) expectTone(wav, hz, isThere[n] ? SECONDS : 0);
        }
      }
      expect((await stage.messages(`3${number}`)).length).toBe(recorded.length);
    },
  };
}

/** A telephone rings when the daemon goes away. */
async function ringing(
  stage: RealTakeoverStage,
  number: string,
  inTheGap: (caller: RealCaller, phone: Phone) => Promise<unknown>,
  then: 'conversation' | 'voicemail' | 'either' | 'nothing',
): Promise<Told> {
  const { conversations } = stage;
  const phone = conversations.phone();
  const { caller, answered } = conversations.ring(`5${number}`, `dial=${phone.endpoint},timeout=60`);
  await phone.rings();
  await caller.until('Entering dialing state');
  const areConnected = async () => {
    await Promise.race([caller.until('Recording voicemail'), caller.until('Entering conversing state')]);
    return caller.log().includes('Entering conversing state');
  };
  return {
    inTheGap: () => inTheGap(caller, phone),
    async afterwards() {
      if (then === 'conversation') {
        const owner = await phone.answer();
        await answered;
        await record({ caller, owner, phone });
        await speak({ caller, owner, phone }, FIRST);
        await owner.hangup();
      } else if (then === 'either' && (await areConnected())) {
        await caller.hangup();
      } else if (then !== 'nothing') {
        await caller.until('Recording voicemail');
        await caller.say(440, SECONDS);
        await caller.hangup();
      }
      await Promise.all([caller.gone(), phone.quiet()]);
    },
    async check() {
      const messages = await stage.messages(`3${number}`);
      const talked = then === 'either' && caller.log().includes('Entering conversing state');
      expect(messages).toHaveLength(then === 'nothing' || talked ? 0 : 1);
      if (then === 'voicemail' || (then === 'either' && !talked)) {
        expectTones(messages[0]?.sounds ?? [], [{ hz: 440, seconds: SECONDS }]);
        expect(messages[0]?.name).toContain('/INBOX/');
      }
      if (then !== 'conversation') return;
      for (const { wav } of await conversations.recorded(`3${number}`)) {
        for (const hz of FIRST) expect(soundingSeconds(wav, hz)).toBeGreaterThan(SECONDS - 0.3);
      }
    },
  };
}

const ways: readonly Away[] = ['kill -9', 'SIGTERM', 'a closed socket', 'a successor'];

test.for(ways.map((how, n) => [how, n] as const))(
  'calls that ring, talk and are recorded go on where they stood after %s',
  async ([how, n]) => {
    const stage = await RealTakeoverStage.start(how, sandbox, TAKEOVER_SETTINGS);
    try {
      const pairs = situations.flatMap((situation) => sequels.map((sequel) => ({ situation, sequel })));
      // Each way has mailboxes of its own.
      const number = (call: number) => String(n * 20 + call).padStart(2, '0');
      const told = await Promise.all([
        ...pairs.map(({ situation, sequel }, call) => talking(stage, number(call), situation, sequel)),
        ringing(stage, number(12), () => Promise.resolve(), 'conversation'),
        ringing(stage, number(13), (caller) => caller.hangup(), 'nothing'),
        ringing(stage, number(14), (_, phone) => phone.refuse('busy'), 'voicemail'),
        // Asterisk hangs up who comes into an application that nobody serves, once it has noticed that nobody does.
        ringing(stage, number(15), (_, phone) => phone.answer(), 'either'),
      ]);
      await stage.away(async () => {
        await Promise.all(told.map((call) => call.inTheGap()));
      });
      await Promise.all(told.map((call) => call.afterwards()));
      await expect.poll(() => stage.conversations.leftBehind(), { timeout: 10_000 }).toEqual([]);
      for (const call of told) await call.check();
      expect(stage.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      expect(await stage.stop()).toBe(0);
    }
  },
);
