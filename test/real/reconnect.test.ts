/** After the connection was lost, the daemon is there again, and the lamps tell what is on disk by then. */
import { mkdir, unlink } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { writeToneWav } from '../../asterisk/sandbox/wav.ts';
import { daemonSettings } from '../support/real-stage.ts';

/** Stands between the daemon and Asterisk, and cuts all lines on demand. */
async function startProxy(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}

test('counts and publishes anew after a reconnect, and takes the next call', async () => {
  await using sandbox = await startSandbox();
  const inbox = join(sandbox.recordingDir, 'voicemail/305/INBOX');
  const file = join(inbox, '1700000000000-1.wav');
  await mkdir(inbox, { recursive: true });
  await writeToneWav(file, 440, 1);

  const proxy = await startProxy(Number(new URL(sandbox.ari.url).port));
  const log = new DaemonLog();
  const settings = { ...daemonSettings(sandbox), ARI_URL: proxy.url, VM_PROMPTS: 'off' };
  const daemon = startDaemonProcess(settings, (line) => log.write(line));
  try {
    await daemon.ready;
    using lamp = await Lamp.watch(sandbox, '101');
    await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 1 });

    await unlink(file);
    proxy.cut();
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
    proxy.close();
    expect(status).toBe(0);
  }
});
