/** After the connection was lost, the daemon is there again, and the lamps tell what is on disk by then. */
import { mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { writeToneWav } from '../../asterisk/sandbox/wav.ts';
import { startLine } from '../support/line.ts';
import { daemonSettings } from '../support/real-stage.ts';

test('counts and publishes anew after a reconnect, and takes the next call', async () => {
  await using sandbox = await startSandbox();
  const inbox = join(sandbox.recordingDir, 'voicemail/305/INBOX');
  const file = join(inbox, '1700000000000-1.wav');
  await mkdir(inbox, { recursive: true });
  await writeToneWav(file, 440, 1);

  const line = await startLine(sandbox.ari.url);
  const log = new DaemonLog();
  const settings = { ...daemonSettings(sandbox), ARI_URL: line.url, VM_PROMPTS: 'off' };
  const daemon = startDaemonProcess(settings, (line) => log.write(line));
  try {
    await daemon.ready;
    using lamp = await Lamp.watch(sandbox, '101');
    await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 1 });

    await unlink(file);
    line.cut();
    await expect
      .poll(() => log.lines.map(({ msg }) => msg), { timeout: 10_000 })
      .toContain('Connected to Asterisk again');
    await expect.poll(() => lamp.state).toMatchObject({ lit: false, newMessages: 0 });
    expect(log.lines.map(({ msg }) => msg)).toContain('Lost the connection to Asterisk: trying again');

    await using callers = await connectCallers(sandbox);
    const caller = await callers.call({ extension: '305' });
    await log.until(caller.farId, 'Recording voicemail');
    await caller.say(440, 1.5);
    await caller.hangup();
    await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 1 });
  } finally {
    const { status } = await daemon.stop();
    line.close();
    expect(status).toBe(0);
  }
});
