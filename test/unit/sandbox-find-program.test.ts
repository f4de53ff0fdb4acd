/** Whatever a machine has installed, the program that runs is one that can do what is needed. All are fakes here. */
import { chmod, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findAptSource } from '../../asterisk/sandbox/apt-source.ts';
import { findProgram } from '../../asterisk/sandbox/find-program.ts';
import type { Program } from '../../asterisk/sandbox/run.ts';
import { SIPP } from '../../asterisk/sandbox/sipp-run.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

let dir: string;
let said: string[];
beforeEach(async () => {
  dir = await realpath(await temporaryFolder('find-program-'));
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.stubEnv('SIPP_BIN', '');
  vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
  vi.stubEnv('PATH', `${dir}/first:${dir}/second:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function script(path: string, text: string): Promise<string> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), `#!/bin/sh\n${text}\n`);
  await chmod(join(dir, path), 0o755);
  return join(dir, path);
}

/** As each SIPp does, it ends with an error status. */
const sipp = (path: string, version: string) => script(path, `printf '\\n SIPp v${version}.\\n\\n'; exit 99`);

const find = async (): Promise<Program> => (await findProgram(SIPP, { onProgress: () => undefined })).program;

test('one on the PATH that can be used is used, and nothing is said', async () => {
  const path = await sipp('first/sipp', '3.7.0-TLS-SCTP-PCAP');
  expect(await find()).toEqual({ file: path, args: [] });
  expect(said).toEqual([]);
});

test('of several the first that can be used is used: versions are numbers', async () => {
  const old = await sipp('first/sipp', '3.6.1-TLS-SCTP-PCAP');
  const path = await sipp('second/sipp', '3.10.0-PCAP-RTPSTREAM');
  expect(await find()).toEqual({ file: path, args: [] });
  expect(said).toEqual([
    `${old} can not be used: it is SIPp v3.6.1, and 3.7 or newer is needed. ${path} is used instead.\n`,
  ]);
});

test('one that is there by two names is looked at once', async () => {
  const path = await script('first/sipp', `echo x >> ${dir}/looks; wc -l < ${dir}/looks`);
  await mkdir(join(dir, 'second'));
  await symlink(path, join(dir, 'second/sipp'));
  const newest = await sipp('third/sipp', '4.0-PCAP');
  vi.stubEnv('PATH', `${dir}/first:${dir}/second:${dir}/third:/usr/bin:/bin`);
  expect(await find()).toEqual({ file: newest, args: [] });
  expect(said.join('').split('can not be used')).toHaveLength(2);
});

test('one that is there by two names has the place of the first', async () => {
  const path = await sipp('first/sipp', '3.8.0-PCAP');
  await sipp('second/sipp', '4.0-PCAP');
  await mkdir(join(dir, 'third'));
  await symlink(path, join(dir, 'third/sipp'));
  vi.stubEnv('PATH', `${dir}/first:${dir}/second:${dir}/third:/usr/bin:/bin`);
  expect(await find()).toEqual({ file: path, args: [] });
});

test('one that the variable names is used, and an error if it can not be: passing over it would hide the reason', async () => {
  await sipp('first/sipp', '3.8.0-PCAP');
  const named = await sipp('mine', '3.9.0-PCAP');
  vi.stubEnv('SIPP_BIN', named);
  expect(await find()).toEqual({ file: named, args: [] });
  await sipp('mine', '3.6.1-PCAP');
  await expect(find()).rejects.toThrow(
    `SIPP_BIN=${named} can not be used: it is SIPp v3.6.1, and 3.7 or newer is needed. Set SIPP_BIN to the path`,
  );
  await script('mine', 'echo hello');
  await expect(find()).rejects.toThrow(`"${named} -v" does not name a version of SIPp`);
});

const packagesCanBeFetched = await findAptSource().then(
  () => true,
  () => false,
);
describe.skipIf(!packagesCanBeFetched)('beside a private copy', () => {
  let copy: string;
  let loader: string;
  beforeEach(async () => {
    const root = `cache/vm-record/asterisk-sipp-${(await findAptSource()).release}-${process.arch}`;
    copy = await sipp(`${root}/usr/bin/sipp`, '3.8.0-TLS-SCTP-PCAP');
    loader = await script(`${root}/usr/lib/any-linux-gnu/ld-linux-any.so.2`, 'shift 2; exec "$@"');
  });

  test('one that is too old is passed over, which is said once, whoever asks', async () => {
    const old = await sipp('first/sipp', '3.6.1-TLS-SCTP-PCAP');
    for (let i = 0; i < 3; i++) {
      const { file, args } = await find();
      expect(file).toBe(loader);
      expect(args.at(-1)).toBe(copy);
    }
    expect(said).toEqual([
      `${old} can not be used: it is SIPp v3.6.1, and 3.7 or newer is needed. A private copy is used instead.\n`,
    ]);
  });

  test('with "download" no other is even looked at', async () => {
    await script('first/sipp', `touch ${dir}/started`);
    vi.stubEnv('SIPP_BIN', 'download');
    expect((await find()).file).toBe(loader);
    expect(said).toEqual([]);
  });
});
