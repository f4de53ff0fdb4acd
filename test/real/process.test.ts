/** The daemon as a process: how it starts, what it says when it cannot, and how it stops. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { daemonSettings } from '../support/real-stage.ts';

let sandbox: Sandbox;

/** What `mkpasswd -m sha-512 -R 1000` makes of OWN_PASSWORD. */
const HASH =
  '$6$rounds=1000$vmrecordvmrecord$yqJauiK7KsvAE8OKaAlnD2SDcMh68.SBTlLY9sS1K6JlVNmbMcnUv2Uj0DnYw2XbeH1nF59evh0C9EwNfWNP8.';
const OWN_PASSWORD = 'a long password';
const OWN_ACCOUNT = `
[vm-record]
type = user
read_only = no
password = ${HASH}
password_format = crypt
`;

beforeAll(async () => {
  sandbox = await startSandbox({ extras: { modules: [], files: { 'ari.conf': OWN_ACCOUNT } } });
});

afterAll(() => sandbox.stop());

/** Starts the daemon; answers with its end and all that it said. */
async function run(settings: Record<string, string>) {
  const stdout: string[] = [];
  const { status, stderr } = await startDaemonProcess(settings, (line) => stdout.push(line)).exited;
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
}

test('a wrong password is one clear line and status 78', async () => {
  const { status, stdout, lines } = await run({ ...daemonSettings(sandbox), ARI_PASSWORD: 'w0rse' });
  expect({ status, stdout }).toEqual({ status: 78, stdout: [] });
  expect(lines).toEqual([
    `vm-record: Asterisk at ${sandbox.ari.url} refuses ARI_USERNAME and ARI_PASSWORD: they must equal a user in its ari.conf (a password with # needs quotes in .env, and one with ; a backslash before it in ari.conf)`,
  ]);
});

test('a password that Asterisk has as a hash, and the daemon as a credential, which wins', async () => {
  const directory = await temporaryFolder('credentials-');
  try {
    // Editors end a file with the end of a line.
    await writeFile(join(directory, 'ARI_PASSWORD'), `${OWN_PASSWORD}\n`);
    const settings = { ...daemonSettings(sandbox), ARI_USERNAME: 'vm-record', ARI_PASSWORD: 'another' };
    const daemon = startDaemonProcess({ ...settings, CREDENTIALS_DIRECTORY: directory }, () => {});
    await daemon.ready;
    expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a path in ARI_URL is one clear line and status 78', async () => {
  const { status, stdout, lines } = await run({ ARI_URL: 'http://127.0.0.1:8088/ari' });
  expect({ status, stdout }).toEqual({ status: 78, stdout: [] });
  expect(lines).toEqual([
    'vm-record: ARI_URL="http://127.0.0.1:8088/ari" is not valid: it must be http:// or https://, a host, perhaps a port, and nothing after it, as http://127.0.0.1:8088',
  ]);
});

test('bad settings are a line each, without the password, and status 78', async () => {
  const { status, stdout, lines } = await run({
    ARI_URL: 'http://u:s3cret@x',
    VM_MAX_SECONDS: 'long',
    ARI_PASSWORD: 's3cret',
  });
  expect({ status, stdout }).toEqual({ status: 78, stdout: [] });
  expect(lines.map((line) => line.split('=')[0])).toEqual([
    'vm-record: ARI_URL',
    'vm-record: VM_MAX_SECONDS',
  ]);
  expect(lines.join()).not.toContain('s3cret');
});

test('an unknown VM_ variable is one warning', async () => {
  const log = new DaemonLog();
  const daemon = startDaemonProcess({ ...daemonSettings(sandbox), VM_MAXSECONDS: '3' }, (line) =>
    log.write(line),
  );
  await daemon.ready;
  await daemon.stop();
  const warnings = log.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toEqual([expect.objectContaining({ variables: ['VM_MAXSECONDS'] })]);
});

test('SIGTERM ends it within two seconds with status 0, and hangs nobody up', async () => {
  const log = new DaemonLog();
  const daemon = startDaemonProcess(daemonSettings(sandbox), (line) => log.write(line));
  await daemon.ready;
  await using callers = await connectCallers(sandbox);
  const caller = await callers.call({ extension: '305' });
  await log.until(caller.farId, 'Recording voicemail');

  const before = Date.now();
  const { status, stderr } = await daemon.stop();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(Date.now() - before).toBeLessThan(2_000);
  expect(log.lines.at(-1)).toMatchObject({ msg: 'Stopping', calls: 1 });
  expect(await sandbox.cli('core show channels concise')).toContain('!Stasis!vm-record,305!');
});

test('no password is in the log, at any level', async () => {
  const said: string[] = [];
  const daemon = startDaemonProcess({ ...daemonSettings(sandbox), LOG_LEVEL: 'trace' }, (line) =>
    said.push(line),
  );
  await daemon.ready;
  await daemon.stop();
  expect(said.length).toBeGreaterThan(0);
  expect(said.join('\n')).not.toContain(sandbox.ari.password);
});
