/**
 * How a conversation comes about and how it ends, on a real Asterisk: who rings, who wins, who is hung up, what is kept,
 * and what the dialplan and the lamp are told.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { expectNothingLeft, startConversationStage } from '../support/conversation-stage.ts';
import type { Conversations, Talking } from '../support/conversations.ts';
import type { RealCaller } from '../support/real-caller.ts';
import type { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';
import { expectNames, expectVoices, FIRST, record, speak } from '../support/voices.ts';
import { expectTones } from '../stories/stories.ts';

let stage: RealStage;
let conversations: Conversations;

/** A telephone that is configured, but has never registered. */
const UNREGISTERED = '[909](phone)\naors = 909\n[909]\ntype = aor\nmax_contacts = 1\n';

beforeAll(async () => {
  stage = await startConversationStage(STORY_SETTINGS, { 'pjsip.conf': UNREGISTERED });
  ({ conversations } = stage);
});

afterAll(() => expectNothingLeft(stage));

/** In ms: what is done "at once" on a busy machine. */
const AT_ONCE = 1_000;

/** Resolves with how long something takes, in ms. */
async function timed(work: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

/** The caller, who has not reached anybody, leaves a message in 3XX, and what is stored is just that message. */
async function leaveMessage(on: RealStage, extension: string, caller: RealCaller): Promise<void> {
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.hangup();
  await caller.over();
  const messages = await on.messages(extension.replace(/^5/, '3'));
  expect(messages.map(({ name }) => name)).toEqual([expect.stringContaining('/INBOX/')]);
  expectTones(messages[0]?.sounds ?? [], [{ hz: 440, seconds: 1.5 }]);
  expect((await on.conversations.result(extension)).words).toBe(`SUCCESS hangup ${messages[0]?.name}`);
}

test.concurrent(
  'three telephones ring: the first that is answered wins, and the others are quiet at once',
  async () => {
    const phones = [conversations.phone(), conversations.phone(), conversations.phone()] as const;
    const dial = phones.map(({ endpoint }) => endpoint).join('&');
    const { caller, answered } = conversations.ring('501', `dial=${dial},record=yes`);
    await Promise.all(phones.map((phone) => phone.rings()));
    const owner = await phones[1].answer();
    expect(await timed(Promise.all([phones[0].quiet(), phones[2].quiet()]))).toBeLessThan(AT_ONCE);
    await answered;
    await caller.until('Recording the conversation');
    await speak({ caller, owner, phone: phones[1] }, FIRST);
    await caller.hangup();
    await caller.over();
    const recorded = await conversations.recorded('301');
    expectNames(recorded, '301', 1);
    for (const { wav } of recorded) expectVoices(wav, FIRST);
  },
);

test.concurrent('of two telephones that are answered at the same time, one is hung up', async () => {
  const phones = [conversations.phone(), conversations.phone()] as const;
  const { caller } = conversations.ring('502', `dial=${phones[0].endpoint}&${phones[1].endpoint}`);
  await Promise.all(phones.map((phone) => phone.rings()));
  // The second may be hung up before its answer has come to Asterisk.
  const answers = await Promise.allSettled(phones.map((phone) => phone.answer()));
  const owners = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  await caller.until('Entering conversing state');
  if (owners.length > 1) await Promise.race(owners.map(({ ended }) => ended));
  expect(owners.filter(({ hasEnded }) => !hasEnded)).toHaveLength(1);
  await caller.hangup();
  await caller.over();
  await Promise.all(phones.map((phone) => phone.quiet()));
});

test.concurrent('the other telephones ring on when one is busy', async () => {
  const [busy, other] = [conversations.phone(), conversations.phone()];
  const { caller, answered } = conversations.ring('503', `dial=${busy.endpoint}&PJSIP/909&${other.endpoint}`);
  await Promise.all([busy.rings(), other.rings()]);
  await busy.refuse('busy');
  const owner = await other.answer();
  await answered;
  await caller.until('Entering conversing state');
  await owner.press('#');
  await caller.over();
  expect((await conversations.result('503')).words).toBe('SUCCESS conversation');
});

test.concurrent('the telephones are quiet at once when the caller hangs up while they ring', async () => {
  const phones = [conversations.phone(), conversations.phone()] as const;
  const { caller } = conversations.ring('504', `dial=${phones[0].endpoint}&${phones[1].endpoint}`);
  await Promise.all(phones.map((phone) => phone.rings()));
  const quiet = timed(Promise.all(phones.map((phone) => phone.quiet())));
  await caller.hangup();
  expect(await quiet).toBeLessThan(AT_ONCE);
  await caller.over();
  expect(await stage.messages('304')).toEqual([]);
});

const refusals: readonly [
  extension: string,
  name: string,
  options: (n: Conversations) => string | string[],
][] = [
  ['510', 'a telephone that nobody answers', (of) => `dial=${of.phone().endpoint},timeout=1`],
  ['511', 'a telephone that is not registered', () => 'dial=PJSIP/909'],
  ['512', 'an endpoint that does not exist', () => 'dial=PJSIP/nobody'],
  ['513', 'a technology that does not exist', () => 'dial=FOO/305'],
  ['514', 'a context that does not exist', () => 'dial=Local/305@nowhere/n'],
  ['515', 'garbage', () => 'dial=@&%&/'],
  ['516', 'nobody at all', () => 'dial='],
  ['517', 'several of these together', () => 'dial=PJSIP/909&PJSIP/nobody&Local/1@nowhere'],
  [
    '518',
    'a timeout that is none, at an endpoint that does not exist',
    () => 'dial=PJSIP/nobody,timeout=soon',
  ],
  ['519', 'options that mean nothing', () => 'ring=PJSIP/909,dail'],
];

test.concurrent.for(refusals)('%s: %s leads to a voicemail', async ([extension, , options]) => {
  const { caller } = conversations.ring(extension, String(options(conversations)));
  await leaveMessage(stage, extension, caller);
});

test.concurrent.for([
  ['520', 'busy'],
  ['521', 'congestion'],
  ['522', 'no_answer'],
] as const)('%s: a telephone that refuses as %s leads to a voicemail', async ([extension, refusal]) => {
  const phones = [conversations.phone(), conversations.phone()] as const;
  const { caller } = conversations.ring(extension, `dial=${phones[0].endpoint}&${phones[1].endpoint}`);
  await Promise.all(phones.map((phone) => phone.rings()));
  await Promise.all(phones.map((phone) => phone.refuse(refusal)));
  await leaveMessage(stage, extension, caller);
});

test.concurrent('an owner who hangs up on picking up is nobody who has answered', async () => {
  const phone = conversations.phone();
  const { caller } = conversations.ring('523', `dial=${phone.endpoint}`);
  await phone.rings();
  const owner = await phone.answer();
  await owner.hangup();
  // They may have been connected for a moment: then the call is over, and else there is time for a message.
  await Promise.race([caller.until('Recording voicemail'), caller.gone()]);
  await caller.hangup();
  await caller.over();
  expect(await stage.messages('323')).toEqual([]);
});

/** Ways to end a conversation that is being recorded, by who does what. */
const ends: readonly [extension: string, name: string, (call: Talking) => Promise<void>][] = [
  ['530', 'the caller hangs up', ({ caller }) => caller.hangup()],
  ['531', 'the owner hangs up', ({ owner }) => owner.hangup()],
  ['532', 'the owner presses #', ({ owner }) => owner.press('#')],
  [
    '533',
    'the caller hangs up in a pause',
    async ({ caller, owner }) => {
      await owner.press('5');
      await caller.until('Pausing recording');
      await caller.hangup();
    },
  ],
  [
    '534',
    'the owner hangs up while it is muted',
    async ({ caller, owner }) => {
      await owner.press('6');
      await caller.until('Muting recording');
      await owner.hangup();
    },
  ],
  [
    '535',
    'both hang up at once',
    async ({ caller, owner }) => {
      await Promise.all([caller.hangup(), owner.hangup()]);
    },
  ],
];

test.concurrent.for(ends)('%s: when %s, the other is hung up, and the recording kept', async (end) => {
  const [extension, , hangUp] = end;
  const call = await conversations.talk(extension);
  await record(call);
  await speak(call, FIRST);
  await hangUp(call);
  expect(await timed(Promise.all([call.caller.gone(), call.phone.quiet()]))).toBeLessThan(AT_ONCE);
  await call.caller.over();
  const mailbox = extension.replace(/^5/, '3');
  const recorded = await conversations.recorded(mailbox);
  expectNames(recorded, mailbox, 1);
  for (const { name, wav } of recorded) {
    expectVoices(wav, FIRST);
    expect((await conversations.result(extension)).words).toBe(`SUCCESS conversation ${name}`);
  }
});

test.concurrent('the owner hangs up during the beep after 0, and nothing is left', async () => {
  const call = await conversations.talk('536');
  await call.owner.press('0');
  await call.owner.hangup();
  await call.caller.over();
  expect(await stage.messages('336')).toEqual([]);
});

for (const mwi of ['minivm', 'mailboxes'] as const) {
  describe(`with VM_WHEN_DONE=continue and lamps by ${mwi}`, () => {
    let stage: RealStage;
    let conversations: Conversations;

    beforeAll(async () => {
      const settings = { ...STORY_SETTINGS, VM_WHEN_DONE: 'continue' };
      stage = await startConversationStage(settings, {}, mwi === 'mailboxes');
      ({ conversations } = stage);
    });

    afterAll(() => expectNothingLeft(stage));

    test('a message counts and lights the lamp, a conversation does not', async () => {
      const works = expect.objectContaining({ msg: 'Message waiting works', mwi }) as unknown;
      await expect.poll(() => stage.log.lines).toContainEqual(works);
      using lamp305 = await Lamp.watch(stage.sandbox, '101');
      using lamp306 = await Lamp.watch(stage.sandbox, '102');
      const recorded = await conversations.talk('505', ',record=yes');
      await recorded.caller.until('Recording the conversation');
      await speak(recorded, FIRST);
      await recorded.owner.press('#');
      await recorded.caller.over();
      expectNames(await conversations.recorded('305'), '305', 1);

      const { caller } = conversations.ring('506', 'dial=PJSIP/nobody');
      await leaveMessage(stage, '506', caller);
      await expect.poll(() => lamp306.state).toEqual({ lit: true, newMessages: 1, oldMessages: 0 });
      // Counted anew, too.
      stage.reload();
      await conversations.talk('507').then(async (call) => (await call.owner.press('#'), call.caller.over()));
      expect(lamp306.state).toMatchObject({ newMessages: 1 });
      expect(lamp305.state?.newMessages ?? 0).toBe(0);
    });

    test.for([
      ['511', 'the owner presses #', ({ owner }: Talking) => owner.press('#'), true],
      ['512', 'the owner hangs up', ({ owner }: Talking) => owner.hangup(), true],
      ['513', 'the caller hangs up', ({ caller }: Talking) => caller.hangup(), false],
    ] as const)('%s: when %s', async ([extension, , end, wentOn]) => {
      const call = await conversations.talk(extension);
      await record(call);
      await speak(call, FIRST);
      await end(call);
      await call.caller.over();
      await call.phone.quiet();
      const [recorded] = await conversations.recorded(extension.replace(/^5/, '3'));
      expect(await conversations.result(extension)).toEqual({
        words: `SUCCESS conversation ${recorded?.name}`,
        wentOn,
      });
    });
  });
}
