/** What the tests' own SIP telephone can do, each seen at the other end: at Asterisk or at another telephone. */
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { AriLink } from '../../asterisk/sandbox/ari-link.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { segments } from '../../asterisk/sandbox/segments.ts';
import {
  G729,
  type SipCall,
  sipEndpoints,
  SipPhone,
  type SipPhoneOptions,
} from '../../asterisk/sandbox/sip-phone.ts';
import { readWav, type Wav, writeToneWav } from '../../asterisk/sandbox/wav.ts';

/** 60x records until #, 6 = echo, 7 = silence, 70x rings a telephone. */
const EXTENSIONS = `[default]
exten => _60X,1,Answer()
 same => n,Record(\${ASTSPOOLDIR}/\${EXTEN}.wav,0,60,kqy)
exten => 6,1,Answer()
 same => n,Echo()
exten => 7,1,Answer()
 same => n,Wait(10)
exten => 701,1,Dial(PJSIP/desk,20)
exten => 702,1,Dial(PJSIP/owner,20)
`;

let sandbox: Sandbox;
const phones = new Set<SipPhone>();

/** Record() strips the last quarter of a second before the key that ends it. */
const STRIPPED = 0.4;

beforeAll(async () => {
  const foreign = sipEndpoints(['foreign'], 'disallow = all\nallow = g729');
  const files = {
    'pjsip.conf': sipEndpoints(['desk', 'owner']) + foreign,
    'extensions.conf': EXTENSIONS,
  };
  sandbox = await startSandbox({ extras: { modules: [], files } });
});

afterEach(async () => {
  await Promise.all([...phones].map((phone) => phone.close()));
  phones.clear();
  await expect.poll(() => sandbox.cli('core show channels count')).toMatch(/^0 active channels/m);
});

afterAll(() => sandbox.stop());

async function phone(options?: SipPhoneOptions): Promise<SipPhone> {
  const phone = await SipPhone.open(sandbox, options);
  phones.add(phone);
  return phone;
}

async function registered(user: string): Promise<SipPhone> {
  const line = await phone({ user });
  await line.register();
  return line;
}

/** What Record() has written, of a call that has ended. */
async function recorded(extension: string): Promise<Wav> {
  return readWav(join(sandbox.dir, 'spool', `${extension}.wav`));
}

/** Tones and silences of at least 0.3 s; shorter ones are the way through Asterisk. */
function sounds(wav: Wav): string[] {
  return segments(wav)
    .filter(({ seconds }) => seconds >= 0.3)
    .map(({ hz, seconds }) => `${hz ?? 'silence'} ${Math.round(seconds * 10) / 10}`);
}

/** A caller at the desk, who has answered: both ends. */
async function conversation(): Promise<{ desk: SipPhone; atDesk: SipCall; caller: SipCall }> {
  const [desk, outside] = [await registered('desk'), await phone()];
  const caller = await outside.dial('701');
  const atDesk = await desk.rings();
  await atDesk.answer();
  await caller.answered;
  return { desk, atDesk, caller };
}

/** Each says a tone of its own, and must hear just the other's. */
async function expectTalk(a: SipCall, b: SipCall): Promise<void> {
  const before = [a, b].map((call) => call.heard().samples.length);
  await Promise.all([a.say(500, 0.5), b.say(900, 0.5)]);
  await expect.poll(() => [a, b].map((call, i) => tones(call, before[i]))).toEqual([[900], [500]]);
}

function tones(call: SipCall, from = 0): number[] {
  const { samples, rate, seconds } = call.heard();
  return segments({ samples: samples.subarray(from), rate, seconds }).flatMap(({ hz = [] }) => hz);
}

test('speaks a tone, a file and silence, each as long and as loud as it should be', async () => {
  const call = await (await phone()).call('601');
  await call.say(440, 1);
  await call.pause(1);
  const file = join(sandbox.dir, 'speech.wav');
  await writeToneWav(file, 880, 0.5);
  await call.sayFile(file);
  await call.pause(STRIPPED);
  await call.press('#');
  await call.ended;
  const wav = await recorded('601');
  expect(sounds(wav)).toEqual(['440 1', 'silence 1', '880 0.5']);
  expect(segments(wav).find(({ hz }) => hz === 440)?.levelDb).toBeCloseTo(-10, 0);
});

test.for([180, 60])('speaks as quietly as mean level %i', async (level) => {
  const call = await (await phone()).call('602');
  await call.say(440, 1, level);
  await call.hangup();
  await expect.poll(async () => (await recorded('602')).seconds).toBeGreaterThan(0.9);
  const { samples } = await recorded('602');
  const middle = samples.subarray(-6_000, -2_000);
  const mean = middle.reduce((sum, sample) => sum + Math.abs(sample), 0) / middle.length;
  expect(mean / level).toBeCloseTo(1, 1);
});

test('muted it sends no packet at all, so that nothing is recorded; a key gets through', async () => {
  const call = await (await phone()).call('603');
  await call.say(440, 0.5);
  call.mute();
  await call.say(700, 1);
  call.unmute();
  await call.say(880, 0.5);
  await call.pause(STRIPPED);
  call.mute();
  await call.press('#');
  await call.ended;
  const wav = await recorded('603');
  expect(sounds(wav)).toEqual(['440 0.5', '880 0.5']);
  expect(wav.seconds).toBeLessThan(1.7);
});

test.for(['sendonly', 'inactive'] as const)('holds (%s) without a packet, and resumes', async (how) => {
  const link = await AriLink.connect(sandbox.ari, 'witness', ['ChannelHold', 'ChannelUnhold']);
  onTestFinished(() => link.close());
  const call = await (await phone()).call('604');
  const [channel = ''] = (await sandbox.cli('core show channels concise')).split('\n');
  await link.watch(channel.trim().split('!').at(-1) ?? '');
  const seen = (type: string) => link.waitFor(type, 5_000, (event) => event.type === type);

  await call.say(440, 0.5);
  const held = seen('ChannelHold');
  await call.hold(how);
  await held;
  await call.say(700, 1);
  const resumed = seen('ChannelUnhold');
  await call.resume();
  await resumed;
  await call.say(880, 0.5);
  await call.pause(STRIPPED);
  await call.press('#');
  await call.ended;
  const wav = await recorded('604');
  expect(sounds(wav)).toEqual(['440 0.5', '880 0.5']);
  expect(wav.seconds).toBeLessThan(1.7);
});

test('presses every key once, the same key twice as two', async () => {
  await sandbox.cli('logger add channel keys.log dtmf');
  const call = await (await phone()).call('6');
  await call.press('1123456789*0');
  await call.press('#');
  await call.ended;
  const log = await readFile(join(sandbox.dir, 'log/keys.log'), 'utf8');
  const keys = [...log.matchAll(/DTMF end '(.)' received/g)].map(([, key]) => key);
  expect(keys.join('')).toBe('1123456789*0#');
});

test('hears what is said, with its pauses, and writes it as a file', async () => {
  const call = await (await phone()).call('6');
  await call.say(440, 0.5);
  await call.pause(0.5);
  await call.say(600, 0.5);
  call.mute();
  await call.pause(1);
  call.unmute();
  await call.say(880, 0.5);
  await call.hangup();
  const file = join(sandbox.dir, 'heard.wav');
  await call.writeHeard(file);
  const heard = ['440 0.5', 'silence 0.5', '600 0.5', 'silence 1', '880 0.5'];
  expect(sounds(await readWav(file))).toEqual(heard);
});

test('is called, rings, is answered; both talk; either hangs up', async () => {
  const one = await conversation();
  await expectTalk(one.caller, one.atDesk);
  await one.atDesk.hangup();
  await one.caller.ended;
  const two = await conversation();
  await two.caller.hangup();
  await two.atDesk.ended;
});

test.for([
  ['486 Busy Here', 486],
  ['480 Temporarily Unavailable', 480],
  ['603 Decline', 503],
] as const)('refuses a call with %s, which Dial() makes %i', async ([status, expected]) => {
  const [desk, outside] = [await registered('desk'), await phone()];
  const call = await outside.dial('701');
  (await desk.rings()).refuse(status);
  await expect(call.answered).rejects.toMatchObject({ status: expected });
});

test('gives up a call that rings, and is quiet when the other gives up', async () => {
  const [desk, outside] = [await registered('desk'), await phone()];
  const call = await outside.dial('701');
  const atDesk = await desk.rings();
  await call.ringing;
  await call.hangup();
  await expect(call.answered).rejects.toMatchObject({ status: 487 });
  await atDesk.ended;
});

test('transfers blind', async () => {
  const { atDesk, caller } = await conversation();
  const owner = await registered('owner');
  // Both have answered before Asterisk has brought them together, and until then it refuses to transfer.
  await expectTalk(caller, atDesk);
  const transferred = atDesk.transfer('702');
  const atOwner = await owner.rings();
  await atOwner.answer();
  await transferred;
  await atDesk.ended;
  await expectTalk(caller, atOwner);
  await caller.hangup();
  await atOwner.ended;
});

test('a transfer that fails leaves the call as it was', async () => {
  const { atDesk, caller } = await conversation();
  await expect(atDesk.transfer('nobody')).rejects.toThrow('404');
  await expectTalk(caller, atDesk);
});

test('transfers attended: holds, asks, and connects the two', async () => {
  const { desk, atDesk, caller } = await conversation();
  const owner = await registered('owner');
  await atDesk.hold();
  const asked = await desk.dial('702');
  const atOwner = await owner.rings();
  await atOwner.answer();
  await asked.answered;
  await expectTalk(asked, atOwner);
  expect(tones(caller)).toEqual([]);
  await atDesk.transfer(asked);
  await Promise.all([atDesk.ended, asked.ended]);
  await expectTalk(caller, atOwner);
});

test('transfers to a telephone that is still ringing', async () => {
  const { desk, atDesk, caller } = await conversation();
  const owner = await registered('owner');
  const asked = await desk.dial('702');
  const atOwner = await owner.rings();
  await asked.ringing;
  await atDesk.transfer(asked);
  await Promise.all([atDesk.ended, asked.ended]);
  await atOwner.answer();
  await expectTalk(caller, atOwner);
});

test('speaks a codec that Asterisk cannot translate', async () => {
  const foreign = await phone({ user: 'foreign', codec: G729 });
  const call = await foreign.call('7');
  await call.say(440, 0.5);
  const statistics = await sandbox.cli('pjsip show channelstats');
  expect(statistics).toMatch(/foreign-\S+ +\S+ +g729 +(?!0)\d+ /);
  await call.hangup();
  const wrong = await phone({ user: 'foreign' });
  await expect(wrong.call('7')).rejects.toMatchObject({ status: 488 });
});

test('can be called only while it is registered', async () => {
  const contacts = () => sandbox.cli('pjsip show contacts');
  const desk = await registered('desk');
  expect(await contacts()).toContain('desk/sip:desk@127.0.0.1');
  await desk.close();
  expect(await contacts()).not.toContain('desk/');
  await expect((await phone()).call('701')).rejects.toMatchObject({ status: 503 });
});

test('a crash of Asterisk does not keep a telephone from being put away', async () => {
  const { desk, atDesk } = await conversation();
  const rings = await desk.dial('701');
  await desk.rings();
  await rings.ringing;
  await sandbox.crash();
  const began = Date.now();
  await Promise.all([rings.hangup(), atDesk.hangup()]);
  await desk.close();
  expect(Date.now() - began).toBeLessThan(2_000);
  await sandbox.startAgain();
});
