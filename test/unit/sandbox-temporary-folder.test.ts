/** Wherever this machine wants temporary files, Asterisk must be able to work with those of its sandbox. */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';

let dir: string;
const made: string[] = [];
beforeEach(async () => {
  dir = await mkdtemp('/tmp/temporary-folder-');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of [dir, ...made.splice(0)]) await rm(folder, { recursive: true, force: true });
});

/** The folder in which a new one is made when TMPDIR is `name` below the test's own. */
async function madeIn(name: string, socket: string): Promise<string> {
  const tmp = join(dir, name);
  await mkdir(tmp, { recursive: true });
  vi.stubEnv('TMPDIR', tmp);
  const folder = await temporaryFolder('vm-record-', socket);
  made.push(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
  return dirname(folder);
}

test('it is in TMPDIR where the socket has a path that the system allows, else in /tmp', async () => {
  const socket = 'run/asterisk.ctl';
  const room = 107 - `${dir}//vm-record-XXXXXX/${socket}`.length;
  expect(await madeIn('x'.repeat(room), socket)).toBe(join(dir, 'x'.repeat(room)));
  expect(await madeIn('x'.repeat(room + 1), socket)).toBe('/tmp');
});

test.for([';', '[', ',', '$', '"', ' ', 'ä'])(
  "it is not in a folder that could mean something else in Asterisk's configuration: %s",
  async (character) => {
    expect(await madeIn(`a${character}b`, 'x')).toBe('/tmp');
  },
);
