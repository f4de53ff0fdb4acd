/** Whatever keeps /mailboxes from being compiled must be said, and leave no half module. All programs are fakes here. */
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findAptSource } from '../../asterisk/sandbox/apt-source.ts';
import type { AsteriskInstall } from '../../asterisk/sandbox/asterisk-install.ts';
import { withMailboxes, withoutMailboxes } from '../../asterisk/sandbox/mailbox-modules.ts';
import { SandboxError } from '../../asterisk/sandbox/sandbox-error.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

const NAMES = ['res_mwi_external', 'res_stasis_mailbox', 'res_ari_mailboxes'];
const quiet = { onProgress: () => undefined };

let dir: string;
let stock: AsteriskInstall;
beforeEach(async () => {
  dir = await temporaryFolder('mailbox-modules-');
  vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
  vi.stubEnv('PATH', `${dir}/bin:${process.env['PATH'] ?? ''}`);
  for (const name of ['bin', 'share/doc/asterisk', 'share/asterisk'])
    await mkdir(join(dir, name), { recursive: true });
  const changelog = gzipSync(
    'asterisk (1:22.9-1) unstable; urgency=medium\n\nasterisk (1:22.8-1) unstable\n',
  );
  await writeFile(join(dir, 'share/doc/asterisk/changelog.Debian.gz'), changelog);
  stock = {
    program: { file: '/nothing', args: [] },
    version: 'Asterisk 22.9',
    moduleDir: join(dir, 'modules'),
    dataDir: join(dir, 'share/asterisk'),
    modules: ['res_ari'],
  };
  await fake('apt-get', `echo "$@" >> ${dir}/apt.log`);
  await fake('gcc', 'exit 0');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function fake(name: string, script: string): Promise<void> {
  await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'bin', name), 0o755);
}

async function refusal(install: AsteriskInstall): Promise<string> {
  const error: unknown = await withMailboxes(install, quiet).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SandboxError);
  expect(
    (await readdir(join(dir, 'cache/vm-record')).catch(() => [])).filter((name) => name !== 'lock'),
  ).toEqual([]);
  return (error as SandboxError).message;
}

test('an Asterisk that has the modules is taken as it is, and left without them where that is wanted', async () => {
  const whole = { ...stock, modules: [...stock.modules, ...NAMES] };
  expect(await withMailboxes(whole, quiet)).toBe(whole);
  expect(withoutMailboxes(whole)).toEqual(stock);
});

test('an Asterisk that is no package is told with what can be done', async () => {
  await rm(join(dir, 'share/doc'), { recursive: true });
  expect(await refusal(stock)).toBe(
    `/mailboxes can not be proven: Asterisk 22.9 has no ${NAMES.join(', ')}, and they can not be compiled: ` +
      'it is not a package of Debian or Ubuntu, so build it with them (make menuselect), ' +
      'or set ASTERISK_BIN to "download" for a private copy.',
  );
});

test('without a compiler the message says which package to install', async () => {
  await rm(join(dir, 'bin/gcc'));
  for (const name of ['sh', 'cat', 'flock']) await symlink(`/usr/bin/${name}`, join(dir, 'bin', name));
  vi.stubEnv('PATH', join(dir, 'bin'));
  expect(await refusal(stock)).toContain('there is no C compiler: install gcc and libc6-dev.');
});

const packagesCanBeFetched = await findAptSource().then(
  () => true,
  () => false,
);
describe.skipIf(!packagesCanBeFetched)('from the source package', () => {
  beforeEach(async () => {
    const files = [
      'res_mwi_external.c',
      'res_stasis_mailbox.c',
      'res_ari_mailboxes.c',
      'ari/resource_mailboxes.c',
    ];
    const source = join(dir, 'source/asterisk-22.9/res');
    await mkdir(join(source, 'ari'), { recursive: true });
    for (const name of [...files, 'ari/resource_mailboxes.h']) await writeFile(join(source, name), '');
    await fake(
      'apt-get',
      `case "$*" in
*" source "*"asterisk=1:22.9-1") tar -C ${dir}/source -cJf asterisk_22.9.orig.tar.xz asterisk-22.9; touch asterisk_22.9.orig-Xmp3.tar.xz;;
*" download asterisk-dev=1:22.9-1") touch asterisk-dev_22.9_all.deb;;
esac`,
    );
    await fake('dpkg-deb', 'mkdir -p "$3"');
    await fake('gcc', 'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo module > "$2"; shift; done; exit 0');
  });

  test('of the same version they are compiled once, by two runs that start together', async () => {
    const [a, b] = await Promise.all([withMailboxes(stock, quiet), withMailboxes(stock, quiet)]);
    expect(a).toEqual(b);
    expect(a.modules).toEqual(['res_ari', ...NAMES]);
    const folder = join(dir, `cache/vm-record/mailboxes-22.9-1-${process.arch}`);
    expect(a.addedModules).toEqual(NAMES.map((name) => join(folder, `${name}.so`)));
    expect((await readdir(folder)).sort()).toEqual(NAMES.map((name) => `${name}.so`).sort());
    await fake('gcc', 'exit 1');
    expect(await withMailboxes(stock, quiet)).toEqual(a);
  });

  test("a compilation that fails is told with the compiler's own words", async () => {
    await fake(
      'gcc',
      '[ "$1" = --version ] && exit 0; echo "In file x"; echo "fatal error: stdio.h: No such file"; exit 1',
    );
    expect(await refusal(stock)).toContain('gcc failed: fatal error: stdio.h: No such file.');
  });

  test('a mirror that has gone on to a newer version is told with the way round it', async () => {
    await fake('apt-get', 'case "$*" in *source*) echo "E: Can not find version"; exit 100;; esac');
    expect(await refusal(stock)).toContain(
      'E: Can not find version (if the mirror has only a newer Asterisk',
    );
  });
});
