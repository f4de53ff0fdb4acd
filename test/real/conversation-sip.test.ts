/** Some of the conversations again, with callers and telephones that speak SIP and RTP, with RFC 4733 digits. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import { sippCall } from '../../asterisk/sandbox/sipp.ts';
import { sippPhone } from '../../asterisk/sandbox/sipp-phone.ts';
import { expectNothingLeft, startConversationStage } from '../support/conversation-stage.ts';
import type { RealStage } from '../support/real-stage.ts';
import { expectNames, expectTone, FIRST, SECOND, SECONDS } from '../support/voices.ts';
import { expectTones } from '../stories/stories.ts';

/** Extensions of the sandbox's dialplan; each rings a telephone of its own, or two. */
const EXTENSIONS = { 571: [1], 572: [2], 573: [3], 574: [4, 5], 575: [6] };

let stage: RealStage;
const ports: number[] = [];

beforeAll(async () => {
  const telephones: string[] = [];
  for (const n of Object.values(EXTENSIONS).flat()) {
    ports[n] = await freePort('udp', undefined, '');
    telephones.push(`[80${n}](phone)\naors = 80${n}\n`);
    telephones.push(`[80${n}]\ntype = aor\ncontact = sip:80${n}@127.0.0.1:${ports[n]}\n`);
  }
  const extensions = Object.entries(EXTENSIONS).map(([extension, numbers]) => {
    const dial = numbers.map((n) => `PJSIP/80${n}`).join('&');
    return `exten => ${extension},1,Stasis(vm-record,3${extension.slice(1)},dial=${dial})\n`;
  });
  stage = await startConversationStage(undefined, {
    'pjsip.conf': telephones.join(''),
    'extensions.conf': `[default]\n${extensions.join('')}`,
  });
});

afterAll(() => expectNothingLeft(stage));

const WELL = { status: 0, successful: 1, failed: 0, errors: '' };
const port = (n: number) => ports[n] ?? 0;

test.concurrent('is answered, recorded by 0, muted by 6, and ended by #', async () => {
  const phone = sippPhone(stage.sandbox, port(1), {
    ringSeconds: 0.3,
    steps: [
      ...[{ wait: 1 }, { press: '0' }, { wait: 1 }],
      ...[{ say: FIRST[1], seconds: SECONDS }, { wait: 0.2 }, { press: '6' }],
      ...[{ say: SECOND[1], seconds: SECONDS }, { wait: 0.2 }, { press: '#' }],
      { expectBye: true },
    ],
  });
  const caller = await sippCall(stage.sandbox, {
    extension: '571',
    steps: [{ say: FIRST[0], seconds: 2 }, { expectBye: true }],
  });
  expect(caller).toEqual(WELL);
  expect(await phone).toMatchObject(WELL);
  const recorded = await stage.conversations.recorded('371');
  expectNames(recorded, '371', 1);
  for (const { wav } of recorded) {
    expectTone(wav, FIRST[1], SECONDS);
    expectTone(wav, SECOND[1], 0);
    expect(wav.seconds).toBeGreaterThan(2 * SECONDS);
  }
});

test.concurrent('is kept when the telephone hangs up', async () => {
  const phone = sippPhone(stage.sandbox, port(2), {
    ringSeconds: 0.3,
    steps: [{ wait: 1 }, { press: '0' }, { wait: 2.5 }, { hangup: true }],
  });
  const caller = await sippCall(stage.sandbox, {
    extension: '572',
    steps: [{ say: FIRST[0], seconds: 2 }, { expectBye: true }],
  });
  expect(caller).toEqual(WELL);
  expect(await phone).toMatchObject(WELL);
  const recorded = await stage.conversations.recorded('372');
  expectNames(recorded, '372', 1);
});

test.concurrent('a telephone that is busy (486) leads to a voicemail', async () => {
  const phone = sippPhone(stage.sandbox, port(3), { refuse: '486 Busy Here' });
  const caller = await sippCall(stage.sandbox, {
    extension: '573',
    steps: [{ wait: 1 }, { say: 440, seconds: SECONDS }, { hangup: true }],
  });
  expect(caller).toEqual(WELL);
  expect(await phone).toMatchObject(WELL);
  await vi.waitFor(async () => expect(await stage.messages('373')).toHaveLength(1));
  const [message] = await stage.messages('373');
  expectTones(message?.sounds ?? [], [{ hz: 440, seconds: SECONDS }]);
});

test.concurrent('a telephone is cancelled as soon as another is answered', async () => {
  const cancelled = sippPhone(stage.sandbox, port(4), { expectCancelWithin: 10 });
  const phone = sippPhone(stage.sandbox, port(5), {
    ringSeconds: 1,
    steps: [{ wait: 1 }, { hangup: true }],
  });
  const caller = await sippCall(stage.sandbox, { extension: '574', steps: [{ expectBye: true }] });
  expect(caller).toEqual(WELL);
  expect(await phone).toMatchObject(WELL);
  expect(await cancelled).toMatchObject(WELL);
});

test.concurrent('a telephone is cancelled at once when the caller gives up', async () => {
  const phone = sippPhone(stage.sandbox, port(6), { expectCancelWithin: 10 });
  const caller = await sippCall(stage.sandbox, { extension: '575', steps: { giveUpAfter: 1 } });
  const end = Date.now();
  expect(caller).toEqual(WELL);
  const { cancelledAt = Infinity, ...result } = await phone;
  expect(result).toEqual(WELL);
  expect(cancelledAt - end).toBeLessThan(500);
  expect(await stage.messages('375')).toEqual([]);
});
