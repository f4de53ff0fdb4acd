/** Whatever keeps the sandbox from having an Asterisk must be one clear message that says what to do. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findAptSource } from '../../asterisk/sandbox/apt-source.ts';
import { ASTERISK } from '../../asterisk/sandbox/asterisk-install.ts';
import { findProgram } from '../../asterisk/sandbox/find-program.ts';
import { SandboxError, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { sippVersion } from '../../asterisk/sandbox/sipp-run.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

const quiet = { onProgress: () => undefined };

let dir: string;
beforeEach(async () => {
  dir = await temporaryFolder('install-test-');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function script(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Puts into `dir` what an Asterisk there needs, of its modules those that are `wanted`. */
async function furnish(wanted: (module: string) => boolean): Promise<void> {
  const { moduleDir, dataDir } = await findProgram(ASTERISK, quiet);
  const modules = join(dir, 'lib/asterisk/modules');
  for (const folder of [modules, join(dir, 'sbin'), join(dir, 'share')])
    await mkdir(folder, { recursive: true });
  for (const file of (await readdir(moduleDir)).filter(wanted))
    await symlink(join(moduleDir, file), join(modules, file));
  await symlink(dataDir, join(dir, 'share/asterisk'));
}

async function refusal(): Promise<string> {
  const error: unknown = await startSandbox().then(
    (sandbox) => sandbox.stop(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SandboxError);
  return (error as SandboxError).message;
}

describe('the Asterisk that ASTERISK_BIN names', () => {
  test('is not there', async () => {
    vi.stubEnv('ASTERISK_BIN', join(dir, 'nothing'));
    expect(await refusal()).toBe(
      `ASTERISK_BIN=${dir}/nothing can not be used: there is no file ${dir}/nothing. ` +
        'Set ASTERISK_BIN to the path of one that can, or to "download" for a private copy.',
    );
  });

  test('is something else', async () => {
    vi.stubEnv('ASTERISK_BIN', '/bin/ls');
    expect(await refusal()).toMatch(
      /^ASTERISK_BIN=\/bin\/ls can not be used: .* does not name a version of Asterisk/,
    );
  });

  test('ends while it starts, and its last words are told', async () => {
    await furnish(() => true);
    const says = 'case "$*" in -V) echo Asterisk 22.0.0;; *) echo No timer on this machine; exit 1;; esac';
    vi.stubEnv('ASTERISK_BIN', await script('sbin/asterisk', says));
    expect(await refusal()).toMatch(/^Asterisk ended while starting\. No timer on this machine/);
  });
});

describe('an installed Asterisk', () => {
  let said: string[];
  beforeEach(() => {
    said = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    vi.stubEnv('PATH', `${dir}/sbin:${process.env['PATH'] ?? ''}`);
    vi.stubEnv('ASTERISK_BIN', '');
  });
  afterEach(() => void vi.restoreAllMocks());

  /** That the one in `dir` is passed over was said once, in so many words. */
  function expectPassedOver(why: string): void {
    expect(said).toEqual([expect.stringContaining(`${dir}/sbin/asterisk can not be used: ${why}.`)]);
    expect(said[0]).toMatch(/^.* is used instead\.\n$/);
  }

  test.for(['20.6.0~dfsg', '122.0.0', 'GIT-master-22abcdef'])(
    'of version %s is passed over',
    async (version) => {
      await furnish(() => true);
      await script('sbin/asterisk', `echo Asterisk ${version}`);
      expect((await findProgram(ASTERISK, quiet)).version).toMatch(/^Asterisk 22\./);
      expectPassedOver(`it is Asterisk ${version}, and 22 is needed`);
    },
  );

  test('that lacks modules is passed over', async () => {
    await furnish((file) => !file.startsWith('app_record'));
    await script('sbin/asterisk', 'echo Asterisk 22.0.0');
    await using sandbox = await startSandbox();
    expect(await sandbox.cli('core show version')).toMatch(/^Asterisk 22\.[1-9]/);
    expectPassedOver(`it has no app_record in ${dir}/lib/asterisk/modules`);
  });

  test('that lacks what only this sandbox needs is passed over', async () => {
    await furnish((file) => !/mwi_external|mailbox|app_voicemail/.test(file));
    await script('sbin/asterisk', 'echo Asterisk 22.0.0');
    await using sandbox = await startSandbox({
      mailboxes: true,
      extras: { modules: ['app_voicemail'], files: {} },
    });
    expect(await sandbox.cli('core show version')).toMatch(/^Asterisk 22\.[1-9]/);
    const names = 'res_mwi_external, res_stasis_mailbox, res_ari_mailboxes, app_voicemail';
    expectPassedOver(`it has no ${names} in ${dir}/lib/asterisk/modules`);
  });

  test('that can be used is used', async () => {
    await furnish(() => true);
    const says = 'case "$*" in -V) echo Asterisk 22.0.0;; *) echo This one; exit 1;; esac';
    await script('sbin/asterisk', says);
    expect(await refusal()).toContain('This one');
    expect(said).toEqual([]);
  });
});

test('an installed SIPp of Debian 12 is passed over', async () => {
  await script('sipp', 'echo " SIPp v3.6.1-TLS-SCTP-PCAP."; exit 99');
  vi.stubEnv('PATH', `${dir}:${process.env['PATH'] ?? ''}`);
  vi.stubEnv('SIPP_BIN', '');
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await sippVersion()).not.toBe('v3.6.1');
  expect(await sippVersion()).toMatch(/^v[3-9]\./);
  const lines = written.mock.calls.map(([text]) => String(text));
  vi.restoreAllMocks();
  expect(lines).toEqual([
    expect.stringContaining(`${dir}/sipp can not be used: it is SIPp v3.6.1, and 3.7 or newer is needed.`),
  ]);
});

test('a port that was asked for and is taken is named, and nothing is started', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  try {
    await expect(startSandbox({ sipPort: port })).rejects.toThrow(
      `Port ${port}/udp on 127.0.0.1 can not be had`,
    );
  } finally {
    socket.close();
  }
});

const packagesCanBeFetched = await findAptSource().then(
  () => true,
  () => false,
);
describe.skipIf(!packagesCanBeFetched)('the private copy', () => {
  beforeEach(() => {
    vi.stubEnv('ASTERISK_BIN', 'download');
    vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
  });

  test('can not be made without apt-get', async () => {
    for (const name of ['sh', 'cat', 'flock']) await symlink(`/usr/bin/${name}`, join(dir, name));
    vi.stubEnv('PATH', dir);
    expect(await refusal()).toBe(
      'A private copy of asterisk can not be made: apt-get is not on the PATH. ' +
        'Either remove that obstacle, or install asterisk and name it with ASTERISK_BIN=/path/to/asterisk.',
    );
  });

  test('can not be made without network, and an old, broken one is said to be broken', async () => {
    await script('apt-get', 'echo "E: Failed to fetch: Temporary failure resolving the mirror"; exit 100');
    vi.stubEnv('PATH', `${dir}:${process.env['PATH'] ?? ''}`);
    const { release } = await findAptSource();
    const broken = join(dir, `cache/vm-record/asterisk-sipp-${release}-${process.arch}`);
    await mkdir(broken, { recursive: true });
    const lines: string[] = [];
    await expect(startSandbox({ onProgress: (line) => void lines.push(line) })).rejects.toThrow(
      'apt-get update failed: E: Failed to fetch: Temporary failure resolving the mirror.',
    );
    expect(lines.join('\n')).toContain(`The copy in ${broken} is broken`);
    expect(await readdir(join(dir, 'cache/vm-record'))).toHaveLength(2); // it and the lock, nothing partial
  });
});
