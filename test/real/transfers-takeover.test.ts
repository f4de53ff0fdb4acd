/**
 * Calls that are transferred by SIP telephones before, and while, no daemon is there: the next one goes on with whoever
 * is there then.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { type SipCall, SipPhone } from '../../asterisk/sandbox/sip-phone.ts';
import { askAri } from '../support/ask-ari.ts';
import { RealTakeoverStage } from '../support/real-takeover.ts';
import {
  EXTENSIONS,
  holdAtDesk,
  lastingTones,
  registered,
  talkToOwner,
  TELEPHONES,
} from '../support/sip-transfers.ts';
import { TAKEOVER_SETTINGS } from '../stories/takeover.ts';

let sandbox: Sandbox;
let stage: RealTakeoverStage;
let outside: SipPhone;

beforeAll(async () => {
  const files = { 'pjsip.conf': TELEPHONES, 'extensions.conf': EXTENSIONS };
  sandbox = await startSandbox({ extras: { modules: [], files } });
});

afterAll(() => sandbox.stop());

const phones: SipPhone[] = [];

beforeEach(async () => {
  const settings = { ...TAKEOVER_SETTINGS, VM_MAX_SILENCE_SECONDS: '0' };
  stage = await RealTakeoverStage.start('kill -9', sandbox, settings);
  outside = await SipPhone.open(sandbox);
  phones.push(outside);
});

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.close()));
  await expect.poll(() => askAri(sandbox, 'channels')).toEqual([]);
  await expect.poll(() => stage.conversations.leftBehind()).toEqual([]);
  expect(await stage.stop()).toBe(0);
});

/** Until the test is over. */
async function telephone(user: string): Promise<SipPhone> {
  const phone = await registered(sandbox, user);
  phones.push(phone);
  return phone;
}

async function logged(message: string, times = 1): Promise<void> {
  const lines = () => stage.log.lines.filter(({ msg }) => msg === message);
  await expect.poll(() => lines().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(times);
}

/** The tones of each message, and of each conversation's recording. */
async function stored(mailbox: string): Promise<number[][]> {
  return (await stage.messages(mailbox)).map(lastingTones);
}

/** An outside caller is on hold at the desk, which talks to the voicemail of a mailbox. */
async function consulting(extension: string): Promise<{ caller: SipCall; putThrough: () => Promise<void> }> {
  const desk = await telephone('desk');
  const { caller, held } = await holdAtDesk(outside, desk);
  const consultation = await desk.call(extension);
  await logged('Recording voicemail');
  await consultation.say(500, 1);
  return { caller, putThrough: () => held.transfer(consultation) };
}

test('the daemon dies after a caller was put through: the message goes on', async () => {
  const { caller, putThrough } = await consulting('401');
  await putThrough();
  await logged('Going on with another channel');
  await caller.say(900, 1);
  await stage.away(() => Promise.resolve());
  await logged('Taking up a call');
  await caller.say(700, 1);
  await caller.press('#');
  await logged('Entering reviewing state');
  await caller.hangup();
  await logged('Call over');
  expect(await stored('301')).toEqual([[500, 900, 700]]);
});

test('a caller is put through while no daemon is there: the next one hears that caller', async () => {
  const { caller, putThrough } = await consulting('402');
  await stage.away(putThrough);
  await logged('Taking up a call');
  await caller.pause(0.5);
  await caller.say(900, 1);
  await caller.press('#');
  await logged('Entering reviewing state');
  await caller.hangup();
  await logged('Call over');
  expect(await stored('302')).toEqual([[500, 900]]);
});

/** A caller and the owner talk, and are recorded. */
async function talking(extension: string): Promise<{ caller: SipCall; atOwner: SipCall }> {
  const owner = await telephone('owner');
  const call = await talkToOwner({ sandbox, outside, owner, logged }, extension);
  await call.caller.say(500, 1);
  return call;
}

test('the daemon dies after the owner has transferred the caller: the new owner has the keys', async () => {
  const third = await telephone('third');
  const { caller, atOwner } = await talking('503');
  await atOwner.transfer('703');
  const atThird = await third.rings();
  await atThird.answer();
  await logged('Going on with another channel');
  await stage.away(() => Promise.resolve());
  await logged('Taking up a call');
  await caller.say(900, 1);
  await atThird.press('7');
  await logged('Accepted recording');
  await atThird.press('#');
  await caller.ended;
  expect(await stored('303')).toEqual([[500, 900]]);
});

test('a transfer that Asterisk refuses, because no daemon is there, leaves the two as they were', async () => {
  const { caller, atOwner } = await talking('504');
  await stage.away(async () => {
    await expect(atOwner.transfer('703')).rejects.toThrow('503');
  });
  await logged('Taking up a call');
  await caller.say(900, 1);
  await atOwner.press('#');
  await caller.ended;
  expect(await stored('304')).toEqual([[500, 900]]);
});
