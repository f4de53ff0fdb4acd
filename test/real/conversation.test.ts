/**
 * What the owner's keys do in a conversation, on a real Asterisk: both speak, each with tones of their own, and the
 * recordings tell who was heard when. One sandbox, one daemon, a mailbox for each story; all at once, but for the crowd.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AriLink } from '../../asterisk/sandbox/ari-link.ts';
import { soundings, soundingSeconds } from '../../asterisk/sandbox/soundings.ts';
import { readWav } from '../../asterisk/sandbox/wav.ts';
import { expectNothingLeft, startConversationStage } from '../support/conversation-stage.ts';
import type { Conversations, Recorded, Talking } from '../support/conversations.ts';
import type { RealStage } from '../support/real-stage.ts';
import {
  BEEP_HZ,
  CUE_HZ,
  expectNames,
  expectTone,
  expectVoices,
  FIRST,
  gapBetween,
  record,
  SECOND,
  SECONDS,
  speak,
  THIRD,
  TOLERANCE_SECONDS,
} from '../support/voices.ts';

let stage: RealStage;
let conversations: Conversations;

beforeAll(async () => {
  stage = await startConversationStage();
  ({ conversations } = stage);
});

afterAll(() => expectNothingLeft(stage));

/** The owner hangs up, and so the caller is hung up. */
async function hangUp({ caller, owner }: Talking): Promise<void> {
  await owner.hangup();
  await caller.over();
}

/** Expects so many recordings, and answers with them. */
async function recorded(mailbox: string, count: number): Promise<Recorded[]> {
  const found = await conversations.recorded(mailbox);
  expectNames(found, mailbox, count);
  return found;
}

async function onlyOne(mailbox: string): Promise<Recorded> {
  return (await recorded(mailbox, 1))[0] as Recorded;
}

test.concurrent('0 records both voices from then on, after a beep that both hear', async () => {
  const call = await conversations.talk('501');
  await speak(call, FIRST);
  await record(call);
  await speak(call, SECOND);
  await hangUp(call);
  const { name, wav } = await onlyOne('301');
  expectVoices(wav, SECOND);
  for (const heard of [await call.caller.wavHeard(), await conversations.heardOn(call.phone)]) {
    expect(soundings(heard, BEEP_HZ)).toHaveLength(1);
    expectTone(heard, BEEP_HZ, 0.42);
  }
  // The beep is over when the recording begins.
  expect(soundingSeconds(wav, BEEP_HZ)).toBeLessThan(0.1);
  expect((await conversations.result('501')).words).toBe(`SUCCESS conversation ${name}`);
});

test.concurrent(
  'the recording holds both voices, that of the channel only the one of the caller',
  async () => {
    const call = await conversations.talk('502');
    await record(call);
    const types = ['StasisStart', 'RecordingStarted', 'RecordingFinished'];
    const link = await AriLink.connect(stage.sandbox.ari, 'tap', types);
    try {
      const next = (type: string) => link.waitFor(type, 5_000, (event) => event.type === type);
      // Until then there is a channel that can't be recorded.
      const inStasis = next('StasisStart');
      await link.request('POST', `/channels/${call.caller.leg.farId}/snoop/tap`, { app: 'tap', spy: 'in' });
      await inStasis;
      const began = next('RecordingStarted');
      await link.request('POST', '/channels/tap/record', { name: 'tap', format: 'wav' });
      await began;
      await speak(call, FIRST);
      const ended = next('RecordingFinished');
      await link.request('DELETE', '/channels/tap');
      await ended;
    } finally {
      await link.close();
    }
    await hangUp(call);
    const channel = await readWav(`${stage.sandbox.recordingDir}/tap.wav`);
    expectTone(channel, FIRST[0], SECONDS);
    expectTone(channel, FIRST[1], 0);
    expectVoices((await onlyOne('302')).wav, FIRST);
  },
);

test.concurrent('with record=yes it is recorded from the first word, without a beep', async () => {
  const phone = conversations.phone();
  const { caller, answered } = conversations.ring('503', `dial=${phone.endpoint},record=yes`);
  await phone.rings();
  const owner = await phone.answer();
  // As people do, who say who they are as soon as they have picked up.
  await owner.say(FIRST[1], 3);
  await answered;
  await caller.say(FIRST[0], SECONDS);
  await hangUp({ caller, owner, phone });
  const { wav } = await onlyOne('303');
  const heard = await caller.wavHeard();
  expectTone(wav, FIRST[0], SECONDS);
  // What the caller can have heard of it, to a few frames.
  const seconds = soundingSeconds(heard, FIRST[1]);
  expect(seconds).toBeGreaterThan(2);
  expect(soundingSeconds(wav, FIRST[1])).toBeGreaterThan(seconds - 0.15);
  expect(soundings(heard, BEEP_HZ)).toEqual([]);
});

test.concurrent('5 leaves out what is said until the next 5, and only the owner hears a cue', async () => {
  const call = await conversations.talk('504');
  await record(call);
  await speak(call, FIRST);
  await call.owner.press('5');
  await call.caller.until('Pausing recording');
  await speak(call, SECOND);
  await call.owner.press('5');
  await call.caller.until('Unpausing recording');
  await speak(call, THIRD);
  await hangUp(call);
  const { wav } = await onlyOne('304');
  expectVoices(wav, FIRST, THIRD);
  expect(gapBetween(wav, FIRST, THIRD)).toBeLessThan(SECONDS - TOLERANCE_SECONDS);
  expect(soundings(wav, CUE_HZ)).toEqual([]);
  expect(soundings(await call.caller.wavHeard(), CUE_HZ)).toEqual([]);
  expect(soundings(await conversations.heardOn(call.phone), CUE_HZ)).toHaveLength(2);
});

test.concurrent(
  '6 writes silence in place of what is said until the next 6, and they hear each other',
  async () => {
    const call = await conversations.talk('505');
    await record(call);
    await speak(call, FIRST);
    await call.owner.press('6');
    await call.caller.until('Muting recording');
    await speak(call, SECOND);
    await call.owner.press('6');
    await call.caller.until('Unmuting recording');
    await speak(call, THIRD);
    await hangUp(call);
    const { wav } = await onlyOne('305');
    expectVoices(wav, FIRST, THIRD);
    expect(gapBetween(wav, FIRST, THIRD)).toBeGreaterThan(SECONDS - TOLERANCE_SECONDS);
    expectTone(await call.caller.wavHeard(), SECOND[1], SECONDS);
    expectTone(await conversations.heardOn(call.phone), SECOND[0], SECONDS);
  },
);

test.concurrent('5 while muted, and 5 again: it is muted still', async () => {
  const call = await conversations.talk('506');
  await record(call);
  await speak(call, FIRST);
  for (const [key, done] of [
    ['6', 'Muting recording'],
    ['5', 'Pausing recording'],
    ['5', 'Unpausing recording'],
  ] as const) {
    await call.owner.press(key);
    await call.caller.until(done);
  }
  await speak(call, SECOND);
  await call.owner.press('6');
  await call.caller.until('Unmuting recording');
  await speak(call, THIRD);
  await hangUp(call);
  expectVoices((await onlyOne('306')).wav, FIRST, THIRD);
});

test.concurrent('7 keeps, and a second 0 makes a second file', async () => {
  const call = await conversations.talk('507');
  await record(call);
  await speak(call, FIRST);
  await call.owner.press('7');
  await call.caller.until('Accepted recording');
  await speak(call, SECOND);
  await record(call, 2);
  await speak(call, THIRD);
  await hangUp(call);
  const [first, second] = (await recorded('307', 2)) as [Recorded, Recorded];
  expect(second.name).toBe(`${first.name}-2`);
  expectVoices(first.wav, FIRST);
  expectVoices(second.wav, THIRD);
  expect((await conversations.result('507')).words).toBe(`SUCCESS conversation ${second.name}`);
});

test.concurrent('9 throws away the recording in progress, and no other', async () => {
  const call = await conversations.talk('508');
  await record(call);
  await speak(call, FIRST);
  await call.owner.press('7');
  await call.caller.until('Accepted recording');
  await record(call, 2);
  await speak(call, SECOND);
  await call.owner.press('9');
  await call.caller.until('Canceling recording');
  await call.owner.press('9');
  await speak(call, THIRD);
  await hangUp(call);
  const { name, wav } = await onlyOne('308');
  expectVoices(wav, FIRST);
  expect((await conversations.result('508')).words).toBe(`SUCCESS conversation ${name}`);
});

test.concurrent('9 leaves nothing of the only recording', async () => {
  const call = await conversations.talk('509');
  await record(call);
  await speak(call, FIRST);
  await call.owner.press('9');
  await call.caller.until('Canceling recording');
  await hangUp(call);
  expect(await stage.messages('309')).toEqual([]);
  expect((await conversations.result('509')).words).toBe('SUCCESS conversation');
});

test.concurrent('0 while it is being recorded changes nothing, nor do the keys of the caller', async () => {
  const call = await conversations.talk('510');
  await call.caller.press('0');
  await record(call);
  await speak(call, FIRST);
  await call.owner.press('0');
  await call.caller.press('5679#');
  await speak(call, SECOND);
  await hangUp(call);
  expectVoices((await onlyOne('310')).wav, FIRST, SECOND);
  expect(soundings(await call.caller.wavHeard(), BEEP_HZ)).toHaveLength(1);
});

test.concurrent('without 0 nothing is recorded, and 5, 6, 7 and 9 do nothing', async () => {
  const call = await conversations.talk('511');
  await speak(call, FIRST);
  await call.owner.press('5679');
  await speak(call, SECOND);
  await hangUp(call);
  expect(await stage.messages('311')).toEqual([]);
  expect((await conversations.result('511')).words).toBe('SUCCESS conversation');
});

test.concurrent('keys pressed fast are obeyed one after the other', async () => {
  const call = await conversations.talk('512');
  await call.owner.press('0');
  await call.owner.press('05567#');
  await call.caller.over();
  await call.phone.quiet();
  expect((await conversations.recorded('312')).length).toBeLessThanOrEqual(1);
});

test('twenty conversations at once, each with its own voices', { timeout: 50_000 }, async () => {
  const voices = Array.from({ length: 20 }, (_, n) => [400 + 60 * n, 1800 + 60 * n] as const);
  await Promise.all(
    voices.map(async ([own, others], n) => {
      const call = await conversations.talk(String(540 + n));
      await record(call);
      await speak(call, [own, others]);
      await call.owner.press('#');
      await call.caller.over();
    }),
  );
  for (const [n, voicesOfOne] of voices.entries()) {
    const { wav } = await onlyOne(String(340 + n));
    for (const hz of voicesOfOne) expectTone(wav, hz, SECONDS);
  }
});
