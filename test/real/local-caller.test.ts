/** The scripted caller on a real Asterisk: what it speaks, presses and hears is exactly what the other tests assume. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AriLink } from '../../asterisk/sandbox/ari-link.ts';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { segments, toneSeconds } from '../../asterisk/sandbox/segments.ts';
import { readWav, writeToneWav } from '../../asterisk/sandbox/wav.ts';

let sandbox: Sandbox;
let callers: Callers;

beforeAll(async () => {
  sandbox = await startSandbox();
  await writeToneWav(`${sandbox.dir}/prompt.wav`, 600, 1);
  await extension(
    '901',
    'Answer()',
    `Playback(${sandbox.dir}/prompt)`,
    'Wait(1)',
    `Playback(${sandbox.dir}/prompt)`,
  );
  await extension('902', 'Answer()', 'Stasis(digits)', 'Wait(60)');
  await extension('903', 'Wait(60)');
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  callers = await connectCallers(sandbox);
});
afterEach(async () => {
  await callers.close();
  await expect.poll(() => sandbox.cli('core show channels count')).toMatch(/^0 active channels/m);
});

/** Adds an extension to the sandbox's dialplan. */
async function extension(name: string, ...applications: string[]): Promise<void> {
  for (const [i, application] of applications.entries()) {
    await sandbox.cli(`dialplan add extension ${name},${i + 1},${application} into default`);
  }
}

/** Calls a mailbox of its own; without a daemon the shipped dialplan records. Resolves when it does, with the file. */
async function leaveMessage(mailbox: string, heard?: string) {
  const caller = await callers.call({ extension: mailbox, heard });
  const inbox = join(sandbox.recordingDir, 'voicemail', mailbox, 'INBOX');
  const file = await vi.waitFor(
    async () => {
      const names = await readdir(inbox);
      expect(names).toHaveLength(1);
      return join(inbox, ...names);
    },
    { timeout: 10_000, interval: 20 },
  );
  // It is closed a moment after the hangup.
  return { caller, message: () => vi.waitFor(() => readWav(file), { timeout: 5_000 }) };
}

/** Lengths are right to a tenth of a second: five frames of Asterisk's. */
function expectSeconds(actual: number | undefined, wanted: number): void {
  expect(Math.abs((actual ?? NaN) - wanted), `${actual} s instead of ${wanted} s`).toBeLessThanOrEqual(0.1);
}

it('leaves on disk exactly what it spoke, as loud as it spoke', async () => {
  const { caller, message } = await leaveMessage('310');
  await caller.say(440, 2);
  await caller.press('5');
  await caller.say(880, 0.5);
  await caller.hangup();
  const wav = await message();
  const [first, pause, second, ...others] = segments(wav);
  expect(first).toMatchObject({ hz: 440, levelDb: -10 });
  expectSeconds(first?.seconds, 2);
  expect(pause).toMatchObject({ hz: undefined });
  expect(second).toMatchObject({ hz: 880, levelDb: -10 });
  expectSeconds(second?.seconds, 0.5);
  expect(others).toEqual([]);
});

it('ends the recording with a key', async () => {
  const { caller, message } = await leaveMessage('311');
  await caller.say(440, 1);
  await caller.press('#');
  await caller.ended;
  // Record() cuts off the last quarter of a second before the key, of which the caller was silent for a tenth.
  expectSeconds(toneSeconds(await message(), 440), 1 - 0.15);
});

it('is silent on the line, as a phone is, while it says nothing', async () => {
  // Of a caller that sends nothing at all Asterisk would record nothing, and give up after 4 s.
  await extension('904', 'Answer()', `Record(${sandbox.dir}/silence.wav,0,5,q)`);
  const caller = await callers.call({ extension: '904' });
  await caller.ended;
  const [silence, ...others] = segments(await readWav(`${sandbox.dir}/silence.wav`));
  expect(silence?.hz).toBeUndefined();
  expectSeconds(silence?.seconds, 5);
  expect(others).toEqual([]);
});

it('records what it hears, with the pauses, and nothing of what it says', async () => {
  const heard = join(sandbox.dir, 'heard.wav');
  const caller = await callers.call({ extension: '901', heard });
  await caller.say(1_000, 0.5);
  await caller.ended;
  const played = segments(await readWav(heard));
  expect(played.map(({ hz }) => hz)).toEqual([600, undefined, 600]);
  for (const { seconds } of played) expectSeconds(seconds, 1);
});

it('talks on in the background until it is stopped, says something else, presses a key or hangs up', async () => {
  const { caller, message } = await leaveMessage('312');
  const first = await caller.startSaying(440, 30);
  await delay(500);
  await first.stop();
  await caller.startSaying(880, 30);
  await delay(500);
  await caller.say(1_000, 0.5);
  await caller.startSaying(1_200, 30);
  await delay(500);
  await caller.press('5');
  const last = await caller.startSaying(1_400, 30);
  await delay(500);
  await caller.hangup();
  await last.stop();
  const wav = await message();
  for (const hz of [440, 880, 1_000, 1_200, 1_400]) expectSeconds(toneSeconds(wav, hz), 0.5);
});

describe('digits', () => {
  it('arrive in order, and fast when asked to', async () => {
    const link = await AriLink.connect(sandbox.ari, 'digits', ['ChannelDtmfReceived', 'StasisEnd']);
    try {
      const got: string[] = [];
      const times: number[] = [];
      const caller = await callers.call({ extension: '902' });
      const end = link.waitFor('the end of the call', 30_000, (event) => {
        if (event.type !== 'ChannelDtmfReceived') return event.channel?.id === caller.farId;
        got.push(event.digit ?? '');
        times.push(Date.now());
        return false;
      });
      await caller.press('1234567890*#');
      await expect.poll(() => got.join('')).toBe('1234567890*#');
      await caller.press('##', { betweenMs: 0 });
      await expect.poll(() => got.join('')).toBe('1234567890*###');
      const [first = 0, second = 0] = times.slice(-2);
      expect(second - first).toBeLessThan(150);
      await caller.hangup();
      await end;
    } finally {
      await link.close();
    }
  });
});

describe('the end of a call', () => {
  it('is noticed when the far side hangs up, and what is said then rejects', async () => {
    const caller = await callers.call({ extension: '901' });
    expect(caller.hasEnded).toBe(false);
    await expect(caller.say(440, 30)).rejects.toThrow('the call ended');
    await caller.ended;
    expect(caller.hasEnded).toBe(true);
    await expect(caller.say(440, 1)).rejects.toThrow('the call is over');
    await expect(caller.press('1')).rejects.toThrow('the call is over');
    await caller.hangup();
  });

  it('comes when the caller hangs up, however often, and both halves of the call are gone', async () => {
    const caller = await callers.call({ extension: '901' });
    await Promise.all([caller.hangup(), caller.hangup()]);
    expect(caller.hasEnded).toBe(true);
    await caller.hangup();
    await expect.poll(() => sandbox.cli('core show channels concise')).toBe('');
  });

  it('comes with the end of Asterisk too', async () => {
    await using other = await startSandbox();
    await using line = await connectCallers(other);
    await other.cli('dialplan add extension 903,1,Answer() into default');
    await other.cli('dialplan add extension 903,2,Wait(60) into default');
    const caller = await line.call({ extension: '903' });
    await other.stop();
    await caller.ended;
    expect(caller.hasEnded).toBe(true);
    await expect(line.call({ extension: '903' })).rejects.toThrow();
  });
});

describe('a clear error', () => {
  it('says that an extension does not exist', async () => {
    await expect(callers.call({ extension: '999' })).rejects.toThrow(/an answer from 999: the call ended/);
  });

  it('says that a sound does not exist', async () => {
    const caller = await callers.call({ extension: '902' });
    await expect(caller.saySound('/no/such/sound')).rejects.toThrow('/no/such/sound was not said');
  });

  it('forbids to speak and press at once', async () => {
    const { caller } = await leaveMessage('314');
    const saying = caller.say(440, 0.5);
    await expect(caller.press('#')).rejects.toThrow('still speaking');
    await saying;
  });
});

it('carries twenty callers at once, each with its own voice', async () => {
  const calls = Array.from({ length: 20 }, async (_, i) => {
    const heard = join(sandbox.dir, `heard-${i}.wav`);
    const { caller, message } = await leaveMessage(String(320 + i), heard);
    await caller.say(400 + 50 * i, 2);
    await caller.hangup();
    expectSeconds(toneSeconds(await message(), 400 + 50 * i), 2);
    const beep = segments(await readWav(heard)).find(({ hz }) => hz);
    expect(beep).toMatchObject({ hz: 700 });
  });
  await Promise.all(calls);
});

it('leaves no call behind when it closes, not even one that nobody has answered', async () => {
  await callers.call({ extension: '902' });
  const ringing = expect(callers.call({ extension: '903' })).rejects.toThrow('the call ended');
  await vi.waitFor(async () =>
    expect(await sandbox.cli('core show channels count')).toMatch(/^4 active channels/m),
  );
  await callers.close();
  await ringing;
  expect(await sandbox.cli('core show channels count')).toMatch(/^0 active channels/m);
});
