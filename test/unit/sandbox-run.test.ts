/** How the sandbox runs other programs: their words are read, so they must be the same on every machine. */
import { afterEach, expect, test, vi } from 'vitest';
import { run } from '../../asterisk/sandbox/run.ts';

afterEach(() => void vi.unstubAllEnvs());

const SH = { file: '/bin/sh', args: ['-c', 'echo $LC_ALL $MORE $HERE'] };

test('a program speaks English on every machine, and has what the environment has otherwise', async () => {
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  vi.stubEnv('HERE', 'here');
  expect((await run(SH, [], { timeout: 5_000 })).output).toBe('C here\n');
  expect((await run(SH, [], { timeout: 5_000, env: { MORE: 'more' } })).output).toBe('C more here\n');
});
