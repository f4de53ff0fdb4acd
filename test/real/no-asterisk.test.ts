/** The daemon as a process, and no Asterisk: it says so once, waits for it, and can be stopped meanwhile. */
import { expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { callAndBeAccepted } from '../support/accepted-call.ts';

const PASSWORD = 'known-before-Asterisk-is';

/** Starts a daemon for an Asterisk that is not there, and waits until it has noticed. */
async function startAlone() {
  const ariPort = await freePort('tcp', undefined, '');
  const log = new DaemonLog();
  const settings = { ARI_URL: `http://127.0.0.1:${ariPort}`, ARI_PASSWORD: PASSWORD, VM_PROMPTS: 'off' };
  const daemon = startDaemonProcess(settings, (line) => log.write(line));
  const warnings = () => log.lines.filter(({ level }) => level !== 'info').map(({ reason }) => reason);
  await expect.poll(warnings, { timeout: 10_000 }).toHaveLength(1);
  return { ariPort, log, daemon, warnings };
}

test('it says so once, and takes calls when a real Asterisk has booted', async () => {
  const { ariPort, log, daemon, warnings } = await startAlone();
  try {
    await using sandbox = await startSandbox({ ariPort, ariPassword: PASSWORD });
    await daemon.ready;
    await callAndBeAccepted(sandbox, log);
    expect(warnings()[0]).toBe(
      `nothing answers at ARI_URL=http://127.0.0.1:${ariPort} (GET /ari/asterisk/info: ECONNREFUSED): is Asterisk running, with http.conf enabled?`,
    );
    // What it met of the boot, once each: no answer, 404, 503.
    expect(new Set(warnings()).size).toBe(warnings().length);
    expect(warnings().length).toBeLessThanOrEqual(3);
  } finally {
    expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
  }
});

test('SIGTERM ends it within two seconds with status 0 while it waits', async () => {
  const { log, daemon, warnings } = await startAlone();
  const before = Date.now();
  expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
  expect(Date.now() - before).toBeLessThan(2_000);
  expect(log.lines.at(-1)).toMatchObject({ msg: 'Stopping', calls: 0 });
  expect(warnings()).toHaveLength(1);
});

test('a host that does not exist is waited for as well', async () => {
  const log = new DaemonLog();
  const daemon = startDaemonProcess({ ARI_URL: 'http://nowhere.invalid:8088' }, (line) => log.write(line));
  await expect
    .poll(() => log.lines.flatMap(({ reason }) => reason ?? []), { timeout: 10_000 })
    .toEqual([
      expect.stringMatching(/^the host of ARI_URL=http:\/\/nowhere\.invalid:8088 is not known here/),
    ]);
  expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
});
