/** The private copy must be whole or absent, whatever happens while it is made. apt-get and dpkg-deb are fakes here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AptSource } from '../../asterisk/sandbox/apt-source.ts';
import { ASTERISK_AND_SIPP, privateCopy } from '../../asterisk/sandbox/private-copy.ts';
import { lock } from '../../asterisk/sandbox/lock.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

const SOURCE: AptSource = { mirror: 'http://mirror.example/debian', release: 'forky', components: 'main' };
const quiet = { onProgress: () => undefined };

let dir: string;
let cache: string;
beforeEach(async () => {
  dir = await temporaryFolder('sandbox-cache-');
  cache = join(dir, 'vm-record');
  vi.stubEnv('XDG_CACHE_HOME', dir);
  vi.stubEnv('PATH', `${dir}/bin:${process.env['PATH'] ?? ''}`);
  await mkdir(join(dir, 'bin'));
  // $2 is the private configuration, which names the folder for packages.
  await fake(
    'apt-get',
    `echo "$@" >> ${dir}/apt.log
case "$*" in *install*) touch "$(sed -n 's/^Dir::Cache "\\(.*\\)";/\\1/p' "$2")/archives/asterisk.deb";; esac`,
  );
  await fake('dpkg-deb', 'mkdir -p "$3/usr/share/asterisk/sounds"; echo works > "$3/asterisk"');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function fake(name: string, script: string): Promise<void> {
  await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'bin', name), 0o755);
}

async function inspect(root: string): Promise<{ root: string } | string> {
  const text = await readFile(join(root, 'asterisk'), 'utf8').catch(() => '');
  return text === 'works\n' ? { root } : 'asterisk does not work';
}

const folders = async () => (await readdir(cache)).filter((name) => name !== 'lock');
const downloads = async () => (await readFile(join(dir, 'apt.log'), 'utf8')).split(' install ').length - 1;

describe.skipIf(process.platform !== 'linux')('the cached copy', () => {
  test('is downloaded once by two runs that start together, and the second says that it waits', async () => {
    await fake('dpkg-deb', 'sleep 0.6; mkdir -p "$3/usr/share/asterisk/sounds"; echo works > "$3/asterisk"');
    const lines: string[] = [];
    const progress = { onProgress: (line: string) => void lines.push(line) };
    const [a, b] = await Promise.all([
      privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, progress),
      privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, progress),
    ]);
    expect(a).toEqual(b);
    expect(await downloads()).toBe(1);
    expect(lines.filter((line) => line.startsWith('Waiting for another run'))).toHaveLength(1);
    expect(await folders()).toHaveLength(1);
  });

  test('is used as it is when it works', async () => {
    const first = await privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, quiet);
    expect(await privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, quiet)).toEqual(first);
    expect(await downloads()).toBe(1);
  });

  test('is made new when it is broken', async () => {
    const { root } = await privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, quiet);
    await writeFile(join(root, 'asterisk'), 'broken\n');
    const onProgress = vi.fn();
    await privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, { onProgress });
    expect(await downloads()).toBe(2);
    expect(onProgress).toHaveBeenCalledWith(expect.stringContaining('is broken (asterisk does not work)'));
  });

  test('is absent after a failed download, whose error has the words of apt-get', async () => {
    await fake('apt-get', 'echo "E: Temporary failure resolving mirror.example" >&2; exit 100');
    await expect(privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, quiet)).rejects.toThrow(
      'apt-get update failed: E: Temporary failure resolving mirror.example',
    );
    expect(await folders()).toEqual([]);
  });

  test('is absent when what was downloaded does not work', async () => {
    await fake('dpkg-deb', 'mkdir -p "$3/usr/share/asterisk/sounds"');
    await expect(privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, quiet)).rejects.toThrow(
      'the new copy does not work: asterisk does not work',
    );
    expect(await folders()).toEqual([]);
  });

  test('is absent after an interrupted download, and apt-get is ended', async () => {
    await fake('apt-get', `echo $$ > ${dir}/pid; exec sleep 100`);
    const interrupt = new AbortController();
    const copy = privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, { ...quiet, signal: interrupt.signal });
    copy.catch(() => undefined);
    // The shell makes the file before it writes the number.
    await vi.waitUntil(() => statSync(join(dir, 'pid'), { throwIfNoEntry: false })?.size);
    interrupt.abort();
    await expect(copy).rejects.toThrow('aborted');
    expect(await folders()).toEqual([]);
    const pid = Number(await readFile(join(dir, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('replaces the partial folder of a run that was killed', async () => {
    await mkdir(join(cache, 'partial-dead'), { recursive: true });
    const { root } = await privateCopy(SOURCE, ASTERISK_AND_SIPP, inspect, quiet);
    expect((await folders()).map((name) => join(cache, name))).toEqual([root]);
  });

  test('is not kept from anybody by the lock of a run that was killed', async () => {
    await mkdir(cache);
    const script = `const { lock } = await import(${JSON.stringify(import.meta.resolve('../../asterisk/sandbox/lock.ts'))});
      await lock(${JSON.stringify(join(cache, 'lock'))}, { onWait() {} }); console.log('locked'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const onWait = vi.fn();
    const locked = lock(join(cache, 'lock'), { onWait });
    await vi.waitUntil(() => onWait.mock.calls.length === 1);
    holder.kill('SIGKILL');
    (await locked)();
  });
});
