/**
 * Calls that are transferred and picked up, by SIP telephones that can do so, on a real Asterisk: who is there then is
 * recorded, has the keys, and talks on.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { segments } from '../../asterisk/sandbox/segments.ts';
import { type SipCall, SipPhone } from '../../asterisk/sandbox/sip-phone.ts';
import { expectNothingLeft } from '../support/conversation-stage.ts';
import { RealStage } from '../support/real-stage.ts';
import {
  EXTENSIONS,
  holdAtDesk,
  lastingTones,
  registered,
  talkToOwner,
  TELEPHONES,
} from '../support/sip-transfers.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

/** 790 picks up the call that rings at the owner's; 791 calls with an account code that is not UTF-8. */
const MORE_EXTENSIONS = `exten => 790,1,PickupChan(PJSIP/owner,p)
exten => 791,1,Set(CHANNEL(accountcode)=\${LATIN1})
 same => n,Goto(491,1)
`;

let stage: RealStage;
let outside: SipPhone;
let desk: SipPhone;
let owner: SipPhone;
let third: SipPhone;
/** Lines of the log before the test. */
let before: number;

beforeAll(async () => {
  const files = { 'pjsip.conf': TELEPHONES, 'extensions.conf': EXTENSIONS + MORE_EXTENSIONS };
  const modules = ['app_directed_pickup'];
  stage = await RealStage.start({ ...STORY_SETTINGS, VM_MAX_SECONDS: '60' }, { extras: { modules, files } });
});

afterAll(() => expectNothingLeft(stage));

beforeEach(async () => {
  before = stage.log.lines.length;
  outside = await SipPhone.open(stage.sandbox);
  [desk, owner, third] = await Promise.all([
    registered(stage.sandbox, 'desk'),
    registered(stage.sandbox, 'owner'),
    registered(stage.sandbox, 'third'),
  ]);
});

afterEach(async () => {
  await Promise.all([outside, desk, owner, third].map((phone) => phone.close()));
  await expect.poll(() => stage.channels(), { timeout: 5_000 }).toEqual([]);
  await expect.poll(() => stage.conversations.leftBehind()).toEqual([]);
});

/** Resolves when the daemon has said so in this test, so many times. */
async function logged(message: string, times = 1, timeout = 10_000): Promise<void> {
  const lines = () => stage.log.lines.slice(before).filter(({ msg }) => msg === message);
  await expect.poll(() => lines().length, { timeout }).toBeGreaterThanOrEqual(times);
}

/** Asterisk's global variable. */
async function globalVariable(name: string): Promise<string> {
  const list = await stage.sandbox.cli('dialplan show globals');
  return new RegExp(`^\\s*${name}=(.*)$`, 'm').exec(list)?.[1]?.trim() ?? '';
}

/** What is stored: the name, and the tones that last. */
async function stored(mailbox: string): Promise<{ name: string; tones: number[] }[]> {
  const messages = await stage.messages(mailbox);
  return messages.map((message) => ({ name: message.name, tones: lastingTones(message) }));
}

/** The two say each a tone of their own, and each hears the other's. */
async function expectTalk(a: SipCall, b: SipCall): Promise<void> {
  const from = [a, b].map((call) => call.heard().samples.length);
  await Promise.all([a.say(500, 0.8), b.say(900, 0.8)]);
  const heard = () =>
    [a, b].map((call, n) => {
      const { samples, rate, seconds } = call.heard();
      const sounds = segments({ samples: samples.subarray(from[n]), rate, seconds });
      return sounds.filter((sound) => sound.seconds > 0.3).flatMap(({ hz = [] }) => hz);
    });
  await expect.poll(heard).toEqual([[900], [500]]);
}

const talking = (extension: string) =>
  talkToOwner({ sandbox: stage.sandbox, outside, owner, logged }, extension);

async function answeredBy(phone: SipPhone): Promise<SipCall> {
  const call = await phone.rings();
  await call.answer();
  return call;
}

describe('the desk puts a caller through to voicemail', () => {
  test.for([
    ['2 s after the beep', '401', 2],
    ['7 s after it', '402', 7],
  ] as const)(
    '%s: the recording goes on, and the result is told',
    { timeout: 40_000 },
    async ([, extension, seconds]) => {
      const { caller, held } = await holdAtDesk(outside, desk);
      const consultation = await desk.call(extension);
      await logged('Recording voicemail');
      await consultation.say(500, seconds);
      await held.transfer(consultation);
      await logged('Going on with another channel');
      await caller.say(900, 2);
      await caller.hangup();
      await logged('Call over');
      const [message, ...more] = await stored(`3${extension.slice(1)}`);
      expect({ tones: message?.tones, more }).toEqual({ tones: [500, 900], more: [] });
      expect(await globalVariable(`RESULT_${extension}`)).toBe(`SUCCESS hangup ${message?.name}`);
    },
  );

  test('the caller’s keys are obeyed: # and then # accept the message', async () => {
    const { caller, held } = await holdAtDesk(outside, desk);
    const consultation = await desk.call('403');
    await logged('Recording voicemail');
    await held.transfer(consultation);
    await logged('Going on with another channel');
    await caller.say(900, 2);
    await caller.press('#');
    await logged('Entering reviewing state');
    await caller.pause(1);
    await caller.press('#');
    await caller.ended;
    const [message] = await stored('303');
    expect(message?.tones).toEqual([900]);
    expect(await globalVariable('RESULT_403')).toBe(`SUCCESS accepted ${message?.name}`);
  });

  test('before the beep: the caller hears it, and leaves a message', async () => {
    const { caller, held } = await holdAtDesk(outside, desk);
    const consultation = await desk.call('404');
    await held.transfer(consultation);
    await logged('Recording voicemail');
    await caller.say(900, 2);
    await caller.hangup();
    await logged('Call over');
    expect((await stored('304')).map(({ tones }) => tones)).toEqual([[900]]);
  });
});

describe('in a conversation', () => {
  test('the owner transfers the caller to who rings still: the new one has the keys, and the recording goes on', async () => {
    const { caller, atOwner } = await talking('511');
    await Promise.all([caller.say(500, 1), atOwner.pause(1)]);
    await atOwner.transfer('703');
    const atThird = await third.rings();
    await logged('Going on with another channel');
    await caller.pause(1);
    await atThird.answer();
    await expectTalk(caller, atThird);
    await atThird.press('7');
    await logged('Accepted recording');
    await atThird.press('#');
    await caller.ended;
    const [recording, ...more] = await stored('311');
    expect({ tones: new Set(recording?.tones), more }).toEqual({ tones: new Set([500, 900]), more: [] });
    expect(await globalVariable('RESULT_511')).toBe(`SUCCESS conversation ${recording?.name}`);
  });

  test('the owner transfers the caller to whom the owner has asked before', async () => {
    const { caller, atOwner } = await talking('512');
    await atOwner.hold();
    const consultation = await owner.dial('703');
    const atThird = await answeredBy(third);
    await consultation.answered;
    await atOwner.transfer(consultation);
    await logged('Going on with another channel');
    await expectTalk(caller, atThird);
    await atThird.hangup();
    await caller.ended;
    expect(await stored('312')).toHaveLength(1);
  });

  test('the caller is transferred: the owner has the keys still', async () => {
    const { caller, atOwner } = await talking('513');
    await caller.hold();
    const consultation = await outside.dial('703');
    const atThird = await answeredBy(third);
    await consultation.answered;
    await caller.transfer(consultation);
    await logged('Going on with another channel');
    await expectTalk(atThird, atOwner);
    await atOwner.press('#');
    await Promise.all([atThird.ended, atOwner.ended]);
    expect(await stored('313')).toHaveLength(1);
  });

  test('the desk puts a caller through to the owner, who has answered', async () => {
    const { caller, held } = await holdAtDesk(outside, desk);
    await stage.sandbox.cli('dialplan set global OPTIONS dial=PJSIP/owner');
    const consultation = await desk.dial('514');
    const atOwner = await answeredBy(owner);
    await consultation.answered;
    await logged('Entering conversing state');
    await held.transfer(consultation);
    await logged('Going on with another channel');
    await expectTalk(caller, atOwner);
    await caller.hangup();
    await atOwner.ended;
  });

  test('the desk puts a caller through while the owner’s telephone rings', async () => {
    const { caller, held } = await holdAtDesk(outside, desk);
    await stage.sandbox.cli('dialplan set global OPTIONS dial=PJSIP/owner');
    const consultation = await desk.dial('515');
    const atOwner = await owner.rings();
    await consultation.ringing;
    await held.transfer(consultation);
    await logged('Going on with another channel');
    await atOwner.answer();
    await logged('Entering conversing state');
    await expectTalk(caller, atOwner);
    await atOwner.press('#');
    await caller.ended;
  });

  test('the same, and nobody answers: the caller leaves a message', async () => {
    const { caller, held } = await holdAtDesk(outside, desk);
    await stage.sandbox.cli('dialplan set global OPTIONS dial=PJSIP/owner');
    const consultation = await desk.dial('516');
    const atOwner = await owner.rings();
    await consultation.ringing;
    await held.transfer(consultation);
    await logged('Going on with another channel');
    atOwner.refuse();
    await logged('Recording voicemail');
    await caller.say(900, 2);
    await caller.hangup();
    await logged('Call over');
    expect((await stored('316')).map(({ tones }) => tones)).toEqual([[900]]);
  });
});

test('a colleague who picks up the call that rings is the owner, and leaves no message in a mailbox "leg"', async () => {
  await stage.sandbox.cli('dialplan set global OPTIONS dial=PJSIP/owner');
  const caller = await outside.dial('521');
  await owner.rings();
  const colleague = await third.call('790');
  await logged('Entering conversing state');
  await expectTalk(caller, colleague);
  await colleague.press('0');
  await logged('Recording the conversation');
  await colleague.press('#');
  await Promise.all([caller.ended, colleague.ended]);
  expect(await stored('321')).toHaveLength(1);
  expect(await stored('leg')).toEqual([]);
});

test(
  'a caller of whom no event tells, as the account code is Latin-1, is found and leaves a message',
  { timeout: 90_000 },
  async () => {
    const configuration = join(stage.sandbox.dir, 'etc/extensions.conf');
    await appendFile(configuration, Buffer.from('\n[globals]\nLATIN1=caf\xe9\n', 'latin1'));
    await stage.sandbox.cli('dialplan reload');
    const caller = await outside.dial('791');
    await logged('Recording voicemail', 1, 40_000);
    await caller.say(900, 2);
    await caller.hangup();
    await logged('Call over', 1, 20_000);
    expect((await stored('391')).map(({ tones }) => tones)).toEqual([[900]]);
  },
);

test('a telephone that forwards to who rings it rings no more, and the caller leaves a message', async () => {
  await stage.sandbox.cli('dialplan set global OPTIONS dial=PJSIP/owner');
  const caller = await outside.dial('599');
  const atOwner = await owner.rings();
  const isRungAgain = owner.rings(4_000).then(
    (call) => {
      call.forward('599');
      return true;
    },
    () => false,
  );
  atOwner.forward('599');
  await logged('Recording voicemail');
  await caller.say(500, 1);
  await caller.hangup();
  await logged('Call over');
  expect(await isRungAgain).toBe(false);
  expect((await stored('399')).map(({ tones }) => tones)).toEqual([[500]]);
});
