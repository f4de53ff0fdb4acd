/** Asterisk crashes under the daemon, and is started again: nothing that was said before is lost. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { readHeader } from '../support/file-pieces.ts';
import { daemonSettings, storedMessages } from '../support/real-stage.ts';
import { expectTones } from '../stories/stories.ts';

const RESTART_LIMIT = { timeout: 20_000 };

test('a message that a crash of Asterisk has cut off is repaired, counted, and the next call is taken', async () => {
  await using sandbox = await startSandbox();
  const log = new DaemonLog();
  const said = (msg: string) => log.lines.filter((line) => line.msg === msg);
  const settings = { ...daemonSettings(sandbox), VM_PROMPTS: 'off' };
  const daemon = startDaemonProcess(settings, (line) => log.write(line));
  try {
    await daemon.ready;
    const callers = await connectCallers(sandbox);
    const first = await callers.call({ extension: '305' });
    await log.until(first.farId, 'Recording voicemail');
    await first.say(440, 1.5);
    await first.press('#');
    await log.until(first.farId, 'Entering reviewing state');
    const second = await callers.call({ extension: '305' });
    await log.until(second.farId, 'Recording voicemail');
    // Asterisk writes to the file two seconds after they were said.
    await second.say(880, 4);
    await sandbox.crash();
    await callers.close().catch(() => {});
    const inbox = join(sandbox.recordingDir, 'voicemail/305/INBOX');
    const isFinished = async () =>
      Promise.all(
        (await readdir(inbox))
          .sort()
          .map(async (file) => readHeader(await readFile(join(inbox, file)))?.isFinished),
      );
    expect(await isFinished()).toEqual([true, false]);

    await sandbox.startAgain();
    await expect.poll(() => said('Connected to Asterisk again'), RESTART_LIMIT).toHaveLength(1);
    await expect
      .poll(() => said('Repaired a recording that Asterisk has not closed'), RESTART_LIMIT)
      .toHaveLength(1);
    expect(await isFinished()).toEqual([true, true]);
    using lamp = await Lamp.watch(sandbox, '101');
    await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 2 });
    const [whole, cutOff] = await storedMessages(sandbox, '305');
    expectTones(whole?.sounds ?? [], [{ hz: 440, seconds: 1.5 }]);
    expect(cutOff?.sounds.some(({ hz = 0, seconds }) => Math.round(hz) === 880 && seconds > 1)).toBe(true);
    for (const { farId } of [first, second]) await log.until(farId, 'Call over');

    await using later = await connectCallers(sandbox);
    const third = await later.call({ extension: '305' });
    await log.until(third.farId, 'Recording voicemail');
    await third.say(1320, 1.5);
    await third.hangup();
    await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 3 });
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  } finally {
    expect((await daemon.stop()).status).toBe(0);
  }
});
