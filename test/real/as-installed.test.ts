/**
 * Asterisk as distributions and administrators leave it: a folder that is missing, a disk elsewhere, an entry that
 * nobody can list, modules that are not loaded. The daemon says so at once, and does what can be done.
 */
import { mkdir, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { type DaemonProcess, startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { until } from '../chaos/until.ts';
import { tones } from '../stories/stories.ts';
import { RealCaller } from '../support/real-caller.ts';
import { daemonSettings, storedMessages } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

/** What is wrong is looked at again within 10 s. */
const MENDED = { timeout: 15_000 };
const WELL = { status: 200, body: { status: 'ok' } };

let sandbox: Sandbox;
let callers: Callers;
let daemon: DaemonProcess | undefined;
let log: DaemonLog;
let healthPort: number;

/** Most of it is waiting, so it is done beside the other tests, with an Asterisk of its own. */
let counted: ReturnType<typeof removeMessage>;

async function removeMessage(): Promise<{ before: number | undefined; isLitAfter: boolean }> {
  await using sandbox = await startSandbox();
  await using callers = await connectCallers(sandbox);
  const log = new DaemonLog();
  const settings = { ...STORY_SETTINGS, ...daemonSettings(sandbox) };
  const daemon = startDaemonProcess(settings, (json) => log.write(json));
  try {
    await daemon.ready;
    const caller = new RealCaller(await callers.call({ extension: '305' }), '', log);
    await leaveMessage(caller);
    using lamp = await Lamp.watch(sandbox, '101');
    await until(() => lamp.state?.newMessages === 1, 10_000);
    const before = lamp.state?.newMessages;
    await rm(join(sandbox.recordingDir, 'voicemail/305'), { recursive: true });
    await until(() => lamp.state?.lit === false, 75_000);
    return { before, isLitAfter: lamp.state?.lit ?? true };
  } finally {
    await daemon.stop();
  }
}

beforeAll(() => {
  counted = removeMessage();
  counted.catch(() => undefined); // told to the test that asks for it
});

afterAll(async () => {
  await counted.catch(() => undefined);
}, 100_000);

async function startAsterisk(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox(options);
  callers = await connectCallers(sandbox);
  log = new DaemonLog();
  healthPort = await freePort('tcp', undefined, '');
}

async function startDaemon(settings: Record<string, string> = {}): Promise<void> {
  const own = { ...daemonSettings(sandbox), VM_HEALTH_PORT: String(healthPort) };
  daemon = startDaemonProcess({ ...STORY_SETTINGS, ...own, ...settings }, (json) => log.write(json));
  await daemon.ready;
}

afterEach(async () => {
  await callers.close();
  await daemon?.stop();
  daemon = undefined;
  await sandbox.stop();
});

async function health(): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${healthPort}/healthz`);
  return { status: answer.status, body: await answer.json() };
}

/** What the self-check has found, by level. */
const found = () =>
  log.lines
    .filter(({ msg }) => /^Self-check|VM_FORMAT/.test(msg))
    .map(({ level, msg }) => `${level}: ${msg}`);

async function call(extension: string): Promise<RealCaller> {
  return new RealCaller(await callers.call({ extension }), '', log);
}

async function leaveMessage(caller: RealCaller): Promise<void> {
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.hangup();
  await caller.over();
}

test('an Asterisk in which all is well: nothing is found, and nothing left behind', async () => {
  await startAsterisk();
  await startDaemon();
  const published = () => log.lines.filter(({ msg }) => /^Message waiting/.test(msg));
  await expect.poll(published).not.toEqual([]);
  expect(await health()).toEqual(WELL);
  await expect.poll(() => readdir(sandbox.recordingDir, { recursive: true })).toEqual(['voicemail']);
  await expect.poll(() => sandbox.cli('bridge show all')).not.toContain('self-check');
  expect(await sandbox.cli('core show channels count')).toContain('0 active channels');
  expect(found()).toEqual([]);
});

describe('without the folder of the recordings, as in a package', () => {
  test('the daemon says which it is and is not healthy, until it is there', async () => {
    await startAsterisk({ withoutRecordingDir: true });
    await startDaemon();
    const what = `no message can be kept: the folder ${sandbox.recordingDir} is missing, or Asterisk may not write there`;
    await expect.poll(found).toEqual([`error: Self-check: ${what}`]);
    await expect.poll(health).toEqual({ status: 503, body: { status: 'unavailable', reason: what } });

    // A caller is not left alone all the same.
    const refused = await call('405');
    await refused.over();
    expect(await sandbox.cli('dialplan show globals')).toContain('RESULT_405=FAILED storage');

    await mkdir(sandbox.recordingDir);
    await expect.poll(health, MENDED).toEqual(WELL);
    await leaveMessage(await call('305'));
    expect(await storedMessages(sandbox, '305')).toHaveLength(1);
    expect(found()).toHaveLength(1);
  });
});

describe('an entry on the disk that Asterisk cannot list', () => {
  const entries: readonly (readonly [string, (dir: string) => Promise<() => Promise<void>>])[] = [
    [
      'a dangling link',
      async (dir) => {
        const path = join(dir, 'gone');
        await symlink('/nowhere', path);
        return () => unlink(path);
      },
    ],
    [
      'a folder that may not be opened',
      async (dir) => {
        // Not even root can: the link leads to itself.
        const path = join(dir, 'lost+found');
        await symlink(path, path);
        return () => unlink(path);
      },
    ],
    [
      'a name that is not UTF-8',
      async (dir) => {
        const path = Buffer.concat([Buffer.from(`${dir}/M`), Buffer.from([0xfc]), Buffer.from('ller.wav')]);
        await writeFile(path, '');
        return () => unlink(path);
      },
    ],
  ];

  test.for(entries)('%s: calls go on, and only the counts wait', async ([, spoil]) => {
    // Nothing ends the recording while no daemon is there.
    const settings = { VM_MAX_SECONDS: '60', VM_MAX_SILENCE_SECONDS: '0' };
    await startAsterisk();
    await startDaemon(settings);
    using lamp = await Lamp.watch(sandbox, '101');
    const caller = await call('305');
    await caller.until('Recording voicemail');
    await caller.say(440, 1.5);
    await daemon?.kill();
    const mend = await spoil(sandbox.recordingDir);

    await startDaemon(settings);
    await caller.until('Taking up a call');
    expect(await health()).toEqual(WELL);
    await caller.say(600, 1.5);
    await caller.press('#');
    await caller.until('Entering reviewing state');
    await caller.press('#');
    await caller.over();
    await leaveMessage(await call('305'));
    const messages = await storedMessages(sandbox, '305');
    const heard = messages.map(({ sounds }) => tones(sounds).map(({ hz = 0 }) => Math.round(hz / 20) * 20));
    expect(heard).toEqual([[440, 600], [440]]);
    const warned = () =>
      log.lines.filter(({ level, msg }) => level === 'warn' && msg.includes('cannot list'));
    await expect.poll(warned).toHaveLength(1);
    expect(found()).toEqual([]);
    expect(lamp.state).toMatchObject({ lit: false });

    await mend();
    daemon?.reload();
    await expect.poll(() => lamp.state).toMatchObject({ newMessages: 2 });
    expect(warned()).toHaveLength(1);
  });
});

describe('a link to another disk', () => {
  test('in place of `voicemail`: no message could be kept, and the daemon is not healthy', async () => {
    await startAsterisk();
    const voicemail = join(sandbox.recordingDir, 'voicemail');
    await mkdir(join(sandbox.dir, 'disk'));
    await symlink(join(sandbox.dir, 'disk'), voicemail);
    await startDaemon();
    const what = `no message can be kept: Asterisk refuses to record in ${voicemail}`;
    await expect.poll(found).toEqual([`error: Self-check: ${what}`]);
    await expect.poll(health).toEqual({ status: 503, body: { status: 'unavailable', reason: what } });
    await unlink(voicemail);
    await expect.poll(health, MENDED).toEqual(WELL);
  });

  test('in place of the whole folder of the recordings works', async () => {
    await startAsterisk({ withoutRecordingDir: true });
    await mkdir(join(sandbox.dir, 'disk'));
    await symlink(join(sandbox.dir, 'disk'), sandbox.recordingDir);
    await startDaemon();
    await leaveMessage(await call('305'));
    expect(await health()).toEqual(WELL);
    expect(await storedMessages(sandbox, '305')).toHaveLength(1);
    expect(found()).toEqual([]);
  });

  test('in place of one INBOX: that mailbox is named, and the others go on', async () => {
    await startAsterisk();
    const inbox = join(sandbox.recordingDir, 'voicemail/305/INBOX');
    await mkdir(join(sandbox.dir, 'disk'));
    await mkdir(join(sandbox.recordingDir, 'voicemail/305'), { recursive: true });
    await symlink(join(sandbox.dir, 'disk'), inbox);
    await startDaemon();
    await leaveMessage(await call('306'));
    const [message = ''] = await readdir(join(sandbox.recordingDir, 'voicemail/306/INBOX'));
    await rename(join(sandbox.recordingDir, 'voicemail/306/INBOX', message), join(inbox, message));
    daemon?.reload();
    await expect
      .poll(found)
      .toEqual([
        "warn: Self-check: no message can be kept in voicemail/305/INBOX/: it leads out of Asterisk's recording directory",
      ]);
    expect(await health()).toEqual(WELL);
    expect(await readdir(inbox)).toEqual([message]);
  });
});

describe('modules that are not loaded', () => {
  test('that of VM_FORMAT: an error in the log, and messages are kept as wav', async () => {
    await startAsterisk();
    await startDaemon({ VM_FORMAT: 'g729' });
    await expect
      .poll(found)
      .toEqual([
        'error: Asterisk cannot write the format of VM_FORMAT: recording as wav (in the CLI: core show file formats)',
      ]);
    await leaveMessage(await call('305'));
    expect(await health()).toEqual(WELL);
    expect(await storedMessages(sandbox, '305')).toHaveLength(1);
    expect(found()).toHaveLength(1);
  });

  test('that of every format: no message could be kept', async () => {
    await startAsterisk();
    await sandbox.cli('module unload format_wav.so');
    await startDaemon({ VM_FORMAT: 'g729' });
    const reason = 'no message can be kept: Asterisk cannot write wav files';
    await expect.poll(health).toEqual({ status: 503, body: { status: 'unavailable', reason } });
  });

  test('others are a line each, and calls go on', async () => {
    await startAsterisk();
    for (const module of ['chan_bridge_media', 'func_export', 'func_talkdetect'])
      await sandbox.cli(`module unload ${module}.so`);
    await startDaemon();
    await expect
      .poll(found)
      .toEqual([
        expect.stringContaining(
          'warn: Self-check: chan_bridge_media.so is not running: conversations are not',
        ),
        expect.stringContaining('warn: Self-check: func_export.so is not running: '),
        expect.stringContaining('warn: Self-check: func_talkdetect.so is not running: '),
      ]);
    await leaveMessage(await call('305'));
    expect(await health()).toEqual(WELL);
    expect(await storedMessages(sandbox, '305')).toHaveLength(1);
  });
});

test('messages that others add and delete are counted by itself within about a minute', async () => {
  expect(await counted).toEqual({ before: 1, isLitAfter: false });
}, 100_000);
