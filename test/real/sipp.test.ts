/** A SIP phone from outside must reach the shipped dialplan, which takes the message while no daemon is running. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { segments, toneSeconds } from '../../asterisk/sandbox/segments.ts';
import { sippCall } from '../../asterisk/sandbox/sipp.ts';
import { readWav, writeToneWav } from '../../asterisk/sandbox/wav.ts';
import { daemonSettings } from '../support/real-stage.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

const ALL_WELL = { status: 0, failed: 0, errors: '' };

/** The dialplan's beep is over by then. */
const AFTER_THE_BEEP = { wait: 1.5 };

async function messages(mailbox: string): Promise<string[]> {
  const inbox = join(sandbox.recordingDir, 'voicemail', mailbox, 'INBOX');
  return (await readdir(inbox)).map((name) => join(inbox, name));
}

test('without a daemon the dialplan records the message until #, and hangs up', async () => {
  const result = await sippCall(sandbox, {
    extension: '305',
    steps: [
      AFTER_THE_BEEP,
      { say: 440, seconds: 2 },
      { wait: 0.5 },
      { say: 880, seconds: 1 },
      { press: '#' },
      { expectBye: true },
    ],
  });
  expect(result).toEqual({ ...ALL_WELL, successful: 1 });
  const [message = '', ...others] = await messages('305');
  expect(others).toEqual([]);
  expect(message).toMatch(/\/\d{10}000-\d+-\d+\.wav$/);
  const heard = await readWav(message);
  expect(toneSeconds(heard, 440)).toBeCloseTo(2, 0);
  expect(toneSeconds(heard, 880)).toBeCloseTo(1, 0);
  const tones = segments(heard).flatMap(({ hz }) => (hz === undefined ? [] : [hz]));
  expect(tones).toEqual([440, 880]);
});

test('a daemon that comes later counts what the dialplan has recorded, and lights the lamp', async () => {
  const steps = [AFTER_THE_BEEP, { say: 440, seconds: 2 }, { hangup: true }] as const;
  expect(await sippCall(sandbox, { extension: '305', steps })).toEqual({ ...ALL_WELL, successful: 1 });
  const recorded = (await messages('305')).sort();
  using lamp = await Lamp.watch(sandbox, '101');
  expect(lamp.state?.lit).not.toBe(true);
  const daemon = startDaemonProcess(daemonSettings(sandbox), () => {});
  try {
    await daemon.ready;
    await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: recorded.length });
  } finally {
    expect((await daemon.stop()).status).toBe(0);
  }
  expect((await messages('305')).sort()).toEqual(recorded);
});

test('without a daemon a low voice is kept to its last word', async () => {
  const voice = join(sandbox.dir, 'low-voice.wav');
  await writeToneWav(voice, 440, 5, -40);
  const steps = [AFTER_THE_BEEP, { say: voice, seconds: 5 }, { hangup: true }] as const;
  expect(await sippCall(sandbox, { extension: '308', steps })).toEqual({ ...ALL_WELL, successful: 1 });
  const noChannels = expect.poll(() => sandbox.cli('core show channels count'), { timeout: 10_000 });
  await noChannels.toContain('0 active channels');
  const [message = '', ...others] = await messages('308');
  expect(others).toEqual([]);
  expect(toneSeconds(await readWav(message), 440)).toBeCloseTo(5, 0);
});

test('callers who just hang up at the same time leave a message each', async () => {
  const steps = [AFTER_THE_BEEP, { say: 600, seconds: 1.5 }, { hangup: true }] as const;
  const result = await sippCall(sandbox, { extension: '306', calls: 5, steps });
  expect(result).toEqual({ ...ALL_WELL, successful: 5 });
  const noChannels = expect.poll(() => sandbox.cli('core show channels count'), { timeout: 10_000 });
  await noChannels.toContain('0 active channels');
  const heard = await Promise.all((await messages('306')).map(readWav));
  expect(heard).toHaveLength(5);
  for (const wav of heard) expect(Math.abs(toneSeconds(wav, 600) - 1.5)).toBeLessThan(0.2);
});

test('every key that the phone sends arrives once, the same key twice as two', async () => {
  await sandbox.cli('logger add channel keys.log dtmf');
  const steps = [AFTER_THE_BEEP, { press: '1120*9#' }, { expectBye: true }] as const;
  const result = await sippCall(sandbox, { extension: '307', steps });
  expect(result).toEqual({ ...ALL_WELL, successful: 1 });
  const log = await readFile(join(sandbox.dir, 'log/keys.log'), 'utf8');
  const keys = [...log.matchAll(/DTMF end '(.)' received/g)].map(([, key]) => key);
  expect(keys.join('')).toBe('1120*9#');
});

test('a call that is refused is a failed call, with the reason, and no file of SIPp is left', async () => {
  const result = await sippCall(sandbox, { extension: 'nobody', steps: [{ hangup: true }] });
  expect(result).toMatchObject({ status: 1, successful: 0, failed: 1 });
  expect(result.errors).toContain('404 Not Found');
  expect((await readdir(sandbox.dir)).filter((name) => name.startsWith('sipp-'))).toEqual([]);
});
