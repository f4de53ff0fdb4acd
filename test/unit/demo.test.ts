/** The demo, where only what the daemon needs is installed. */
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../../asterisk/sandbox/run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of the project, with what is installed here but for one package. */
async function projectWithout(missing: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'demo-test-'));
  for (const name of ['asterisk', 'src', 'package.json'])
    await cp(join(ROOT, name), join(dir, name), { recursive: true });
  await mkdir(join(dir, 'node_modules'));
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (name !== missing) await symlink(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));
  return dir;
}

test(
  'the demo without its readable log is one line that says what to run, and status 1',
  { timeout: 30_000 },
  async () => {
    const dir = await projectWithout('pino-pretty');
    try {
      const npm = { file: 'npm', args: ['--silent', 'run'] };
      expect(await run(npm, ['demo'], { cwd: dir, timeout: 20_000 })).toEqual({
        status: 1,
        output: 'The demo needs pino-pretty, which npm ci --omit=dev leaves out: run npm ci\n',
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  },
);
