/** With `mailboxes` the sandbox must have the ARI resource /mailboxes, really working, and say it when it can not. */
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { ASTERISK } from '../../asterisk/sandbox/asterisk-install.ts';
import { findProgram } from '../../asterisk/sandbox/find-program.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { withMailboxes } from '../../asterisk/sandbox/mailbox-modules.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

afterEach(() => void vi.unstubAllEnvs());

async function ari({ ari }: Sandbox, method: string, path: string, body = {}): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${ari.username}:${ari.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const content = method === 'GET' ? {} : { body: JSON.stringify(body) };
  return (await fetch(`${ari.url}/ari/${path}`, { method, headers, ...content })).status;
}

test('a count given to /mailboxes lights the lamp of its mailbox, and clears it', async () => {
  await using sandbox = await startSandbox({ mailboxes: true });
  using lamp = await Lamp.watch(sandbox, '101');
  using other = await Lamp.watch(sandbox, '102');
  await expect.poll(() => lamp.state).toEqual({ lit: false, newMessages: 0, oldMessages: 0 });
  expect(await ari(sandbox, 'PUT', 'mailboxes/305@default?oldMessages=0&newMessages=3')).toBe(204);
  await expect.poll(() => lamp.state).toEqual({ lit: true, newMessages: 3, oldMessages: 0 });
  expect(await ari(sandbox, 'PUT', 'mailboxes/305@default?oldMessages=3&newMessages=0')).toBe(204);
  await expect.poll(() => lamp.state).toEqual({ lit: false, newMessages: 0, oldMessages: 3 });
  expect(other.state).toEqual({ lit: false, newMessages: 0, oldMessages: 0 });
  expect(await sandbox.logTail()).not.toContain('ERROR');
});

test('without them /mailboxes is not there', async () => {
  await using sandbox = await startSandbox({ mailboxes: false });
  expect(await ari(sandbox, 'GET', 'mailboxes')).toBe(404);
});

test('with them MinivmMWI is there still, and lights the lamp', async () => {
  await using sandbox = await startSandbox({ mailboxes: true });
  using lamp = await Lamp.watch(sandbox, '101');
  expect(await sandbox.cli('module show like app_minivm')).toContain('Running');
  expect(await sandbox.cli('module show like res_mwi_external')).toContain('Running');
  const originated = await ari(sandbox, 'POST', 'channels?endpoint=Local/lamps@vm-mwi/n&app=vm-record', {
    variables: { VM_LAMP_1: '305@default,0,2,1' },
  });
  expect(originated).toBe(200);
  await expect.poll(() => lamp.state).toEqual({ lit: true, newMessages: 2, oldMessages: 1 });
});

test('an Asterisk of the user that has them is taken as it is', async () => {
  const quiet = { onProgress: () => undefined };
  const whole = await withMailboxes(await findProgram(ASTERISK, quiet), quiet);
  const dir = await temporaryFolder('mailboxes-test-');
  try {
    const modules = join(dir, 'lib/asterisk/modules');
    for (const folder of [modules, join(dir, 'sbin'), join(dir, 'share')])
      await mkdir(folder, { recursive: true });
    const own = (await readdir(whole.moduleDir)).map((name) => join(whole.moduleDir, name));
    for (const path of [...own, ...(whole.addedModules ?? [])])
      await symlink(path, join(modules, basename(path)));
    await symlink(whole.dataDir, join(dir, 'share/asterisk'));
    const program = join(dir, 'sbin/asterisk');
    const words = [whole.program.file, ...whole.program.args].map((word) => `'${word}'`).join(' ');
    await writeFile(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    vi.stubEnv('ASTERISK_BIN', program);
    vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
    for (const options of [{}, { mailboxes: true }]) {
      await using sandbox = await startSandbox(options);
      expect(await ari(sandbox, 'GET', 'mailboxes')).toBe(200);
    }
    await using without = await startSandbox({ mailboxes: false });
    expect(await ari(without, 'GET', 'mailboxes')).toBe(404);
    expect(await readdir(dir)).not.toContain('cache');
  } finally {
    await rm(dir, { recursive: true });
  }
});
