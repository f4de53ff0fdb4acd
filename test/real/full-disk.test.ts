/** With `recordingDiskBytes` the sandbox's disk for recordings must really be full when it is, and go with Asterisk. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { readWav } from '../../asterisk/sandbox/wav.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

const BYTES = 40_960;

let tmp: string;
beforeEach(async () => {
  tmp = await temporaryFolder('full-disk-test-', 'vm-record-XXXXXX/run/asterisk.ctl');
  vi.stubEnv('TMPDIR', tmp);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(tmp, { recursive: true });
});

test('as many bytes as were asked for can be written and no more, and nothing is left when Asterisk ends', async () => {
  await using sandbox = await startSandbox({ recordingDiskBytes: BYTES });
  await writeFile(join(sandbox.recordingDir, 'fits'), Buffer.alloc(BYTES, 1));
  await expect(writeFile(join(sandbox.recordingDir, 'more'), 'x')).rejects.toThrow('ENOSPC');
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(tmp);
  await sandbox.stop();
  expect(existsSync(sandbox.recordingDir)).toBe(false);
  expect(await readdir(tmp)).toEqual([]);
});

test('without a daemon a recording ends early on it, and its readable beginning stays', async () => {
  await using sandbox = await startSandbox({ recordingDiskBytes: BYTES });
  await using callers = await connectCallers(sandbox);
  const caller = await callers.call({ extension: '305' });
  await caller.startSaying(800, 30);
  await caller.ended; // Asterisk hangs up although the caller is still talking.
  const inbox = join(sandbox.recordingDir, 'voicemail/305/INBOX');
  const [name = ''] = await readdir(inbox);
  const { seconds } = await readWav(join(inbox, name));
  expect(seconds).toBeGreaterThan(1);
  expect(seconds * 16_000).toBeLessThan(BYTES);
  expect(await sandbox.logTail()).toContain('No space left on device');
});

test('where namespaces can not be had the error says what is needed', async () => {
  const { PATH } = process.env;
  await writeFile(join(tmp, 'unshare'), '#!/bin/sh\necho "unshare: Operation not permitted"; exit 1\n', {
    mode: 0o755,
  });
  vi.stubEnv('PATH', `${tmp}:${PATH}`);
  await expect(startSandbox({ recordingDiskBytes: BYTES })).rejects.toThrow(
    'A small disk for the recordings can not be made (unshare --mount: unshare: Operation not permitted; ' +
      'unshare --mount --map-root-user: unshare: Operation not permitted). It needs root',
  );
  expect(await readdir(tmp)).toEqual(['unshare']);
});
