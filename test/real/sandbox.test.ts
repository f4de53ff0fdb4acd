/** The sandbox must serve a real Asterisk and leave nothing behind, however the process that started it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

const POLL = { timeout: 15_000, interval: 25 };

let tmp: string;
beforeEach(async () => {
  tmp = await temporaryFolder('sandbox-test-', 'vm-record-XXXXXX/run/asterisk.ctl');
  vi.stubEnv('TMPDIR', tmp);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(tmp, { recursive: true });
});

const sandboxFolders = async () => (await readdir(tmp)).filter((name) => name.startsWith('vm-record-'));
const pidOf = async (dir: string) => Number(await readFile(join(dir, 'run/asterisk.pid'), 'utf8'));

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function ari(sandbox: Sandbox, path: string, init: RequestInit = {}): Promise<Response> {
  const { url, username, password } = sandbox.ari;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return fetch(`${url}/ari/${path}`, { ...init, headers: { authorization, ...init.headers } });
}

test('it serves ARI, the sounds and a command line, and stop() ends Asterisk and removes its files', async () => {
  const sandbox = await startSandbox();
  const pid = await pidOf(sandbox.dir);
  expect((await ari(sandbox, 'asterisk/info')).status).toBe(200);
  expect((await ari(sandbox, 'sounds/beep')).status).toBe(200);
  expect(existsSync(join(sandbox.soundsDir, 'beep.wav'))).toBe(true);
  expect(existsSync(sandbox.recordingDir)).toBe(true);
  expect(await sandbox.cli('pjsip show endpoints')).toContain('101');
  expect(isAlive(pid)).toBe(true);

  await Promise.all([sandbox.stop(), sandbox.stop(), sandbox.ended]);
  expect(isAlive(pid)).toBe(false);
  expect(await sandboxFolders()).toEqual([]);
});

test('its log has no complaint about what it does not have', async () => {
  await using sandbox = await startSandbox();
  expect(await sandbox.logTail()).not.toContain('ERROR');
});

test('two run side by side, each with its own ports, folder and password', async () => {
  const [a, b] = await Promise.all([startSandbox(), startSandbox()]);
  try {
    expect(a.ari.url).not.toBe(b.ari.url);
    expect(a.sip.port).not.toBe(b.sip.port);
    expect(a.dir).not.toBe(b.dir);
    const foreign = { ...a, ari: { ...a.ari, password: b.ari.password } };
    expect((await ari(foreign, 'asterisk/info')).status).toBe(401);
    await a.stop();
    expect((await ari(b, 'asterisk/info')).status).toBe(200);
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
});

test('its passwords are for this user alone and stand in no command line', async () => {
  await using sandbox = await startSandbox();
  expect((await stat(sandbox.dir)).mode & 0o077).toBe(0);
  const commandLine = await readFile(`/proc/${await pidOf(sandbox.dir)}/cmdline`, 'utf8');
  expect(commandLine).not.toContain(sandbox.ari.password);
});

test("Asterisk runs in a locale of its own, whatever this machine's is", async () => {
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  await using sandbox = await startSandbox();
  const environment = await readFile(`/proc/${await sandbox.pid()}/environ`, 'utf8');
  expect(environment.split('\0')).toContain('LC_ALL=C');
});

test('with a TMPDIR too long for the paths of sockets two in /tmp have a command line each', async () => {
  const long = join(tmp, 'x'.repeat(100));
  await mkdir(long);
  vi.stubEnv('TMPDIR', long);
  const [a, b] = await Promise.all([startSandbox(), startSandbox()]);
  try {
    for (const sandbox of [a, b]) {
      expect(sandbox.dir).toMatch(/^\/tmp\/vm-record-/);
      expect(await sandbox.cli('core show settings')).toContain(`${sandbox.dir}/etc`);
    }
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
  expect(await readdir(long)).toEqual([]);
});

test('a start that is given up leaves nothing behind', async () => {
  const interrupt = new AbortController();
  const started = startSandbox({ signal: interrupt.signal });
  started.catch(() => undefined);
  await expect.poll(sandboxFolders, POLL).toHaveLength(1);
  interrupt.abort();
  await expect(started).rejects.toThrow('aborted');
  expect(await sandboxFolders()).toEqual([]);
});

test('what a caller hears is written to the file that HEARD names', async () => {
  await using sandbox = await startSandbox();
  const heard = join(sandbox.dir, 'heard.wav');
  // No daemon: extension 305 takes the message itself, after a beep. No application "caller": its end hangs up.
  const endpoint = 'channels?endpoint=Local/305@default/n&context=caller&extension=s&priority=1';
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ variables: { HEARD: heard } });
  expect((await ari(sandbox, endpoint, { method: 'POST', headers, body })).status).toBe(200);
  await expect.poll(() => existsSync(heard), POLL).toBe(true);
});

/** The command that keeps a sandbox up, started for real, and what it printed. */
async function startCommand(): Promise<{ child: ChildProcess; pid: number; text: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'asterisk/sandbox/cli.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => (text += data));
  await vi.waitUntil(() => text.includes('asterisk -r\n'), POLL);
  const [name] = await sandboxFolders();
  return { child, pid: await pidOf(join(tmp, name ?? '')), text };
}

test('Ctrl-C ends the command with status 0, Asterisk and the files gone', async () => {
  const { child, pid, text } = await startCommand();
  expect(text).toMatch(
    /ARI_URL=http:\/\/127\.0\.0\.1:\d+ ARI_USERNAME=\S+ ARI_PASSWORD=\S+ npm start vm-record/,
  );
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(isAlive(pid)).toBe(false);
  expect(await sandboxFolders()).toEqual([]);
});

test('SIGTERM does the same', async () => {
  const { child, pid } = await startCommand();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(isAlive(pid)).toBe(false);
  expect(await sandboxFolders()).toEqual([]);
});

test('a killed parent leaves no Asterisk and no file', async () => {
  const { child, pid } = await startCommand();
  child.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), POLL).toBe(false);
  await expect.poll(sandboxFolders, POLL).toEqual([]);
});

test('an Asterisk that dies by itself ends the command with a clear error, its files gone', async () => {
  const { child, pid } = await startCommand();
  process.kill(pid, 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(await sandboxFolders()).toEqual([]);
});
