/** The unit for systemd, by systemd's own judgement. No part of it is replaced: what it names is put where it says. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../asterisk/sandbox/run.ts';
import { systemdProgram } from '../support/systemd.ts';

/** Ten times the exposure that `systemd-analyze security` may find; 0 is the best, 100 the worst. */
const EXPOSURE = 11;

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const UNIT = file('asterisk/vm-record.service');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'service-unit-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text, { mode });
}

const analyze = async (...args: string[]) =>
  run(await systemdProgram('systemd-analyze'), args, { timeout: 30_000 });

/** What systemd says about the unit on a host that has what it names, and nothing else. */
async function verify(unit: string) {
  await put('etc/systemd/system/vm-record.service', unit);
  for (const program of unit.matchAll(/^Exec\w+=(\/\S+)/gm))
    await put(program[1] ?? '', '#!/bin/sh\n', 0o755);
  for (const name of ['sysinit', 'basic', 'network', 'shutdown', 'multi-user'])
    await put(`usr/lib/systemd/system/${name}.target`, '[Unit]\nDescription=Stand-in\n');
  return analyze('verify', '--man=no', `--root=${root}`, 'vm-record.service');
}

test('systemd has nothing to say against the unit', async () => {
  expect(await verify(await readFile(UNIT, 'utf8'))).toEqual({ status: 0, output: '' });
});

test('it would have, of a key that is misspelt and of a program that is not there', async () => {
  const { output } = await verify((await readFile(UNIT, 'utf8')).replace('RestartSec=', 'RestartSeconds='));
  expect(output).toContain('Unknown key');
  await rm(join(root, 'usr/bin/node'));
  expect((await analyze('verify', '--man=no', `--root=${root}`, 'vm-record.service')).output).toContain(
    '/usr/bin/node',
  );
});

test(`systemd counts an exposure of at most ${EXPOSURE / 10}`, async () => {
  const args = ['security', '--offline=true', '--no-pager', UNIT];
  const { status, output } = await analyze(...args, `--threshold=${EXPOSURE}`);
  expect(output).toContain('Overall exposure level');
  expect(status, output).toBe(0);
  expect((await analyze(...args, '--threshold=5')).status).not.toBe(0);
});

test('the unit starts what npm start runs', async () => {
  const { scripts } = JSON.parse(await readFile(file('package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const unit = await readFile(UNIT, 'utf8');
  const [, setting, command] = /^exec env (\S+) (.*)$/.exec(scripts.start) ?? [];
  expect(unit).toContain(`\nExecStart=/usr/bin/${command} vm-record\n`);
  expect(unit).toContain(`\nEnvironment=${setting}\n`);
});

test('the unit lets the daemon have at least twice the memory that the bench has ever seen', async () => {
  const results = await readFile(file('test/bench/RESULTS.md'), 'utf8');
  const rows = results.split('\n').filter((line) => line.startsWith('| resident memory, MiB'));
  const seen = rows.flatMap((row) => row.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  expect(seen.length).toBeGreaterThan(0);
  const limit = Number(/^MemoryMax=(\d+)M$/m.exec(await readFile(UNIT, 'utf8'))?.[1]);
  expect(limit).toBeGreaterThan(2 * Math.max(...seen));
});
