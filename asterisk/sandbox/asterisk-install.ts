/** Where the parts of an installed Asterisk are: it is found by its program, and everything else from there. */
import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Wanted } from './find-program.ts';
import { MAILBOX_MODULES, MODULES, OPTIONAL_MODULES } from './modules.ts';
import { ASTERISK_AND_SIPP } from './private-copy.ts';
import { type Program, run } from './run.ts';

/** An Asterisk that can be started. */
export interface AsteriskInstall {
  readonly program: Program;
  /** As it says itself, for example `Asterisk 22.10.1`. */
  readonly version: string;
  readonly moduleDir: string;
  readonly dataDir: string;
  /** Names of the modules to load, without `.so`. */
  readonly modules: readonly string[];
  /** Files of those that lie outside moduleDir. */
  readonly addedModules?: readonly string[];
}

/**
 * Looks at an Asterisk whose program lies at `path` and is started as `program`. A string is the answer when it can
 * not be used: what is wrong with it.
 */
export async function inspectAsterisk(path: string, program: Program): Promise<AsteriskInstall | string> {
  if (!existsSync(path)) return `there is no file ${path}`;
  const { status, output } = await run(program, ['-V'], { timeout: 30_000 });
  const version = /^Asterisk .*$/m.exec(output)?.[0];
  if (status !== 0 || !version) return `"${path} -V" does not name a version of Asterisk`;
  // .../usr/sbin/asterisk -> .../usr
  const prefix = dirname(dirname(await realpath(path)));
  const moduleDir = firstWith('res_stasis.so', await moduleDirs(prefix));
  if (!moduleDir) return 'its modules are not found near it';
  const there = new Set(await readdir(moduleDir));
  const missing = MODULES.filter((name) => !there.has(`${name}.so`));
  if (missing.length > 0) return `it has no ${missing.join(', ')} in ${moduleDir}`;
  const dataDir = firstWith('documentation', dataDirs(prefix));
  if (!dataDir) return 'its data folder is not found near it';
  if (!(await hasBeep(join(dataDir, 'sounds/en'))))
    return `it has no sound "beep" in ${join(dataDir, 'sounds/en')}`;
  const optional = [...OPTIONAL_MODULES, ...MAILBOX_MODULES].filter((name) => there.has(`${name}.so`));
  const modules = [...MODULES, ...optional];
  return { program, version, moduleDir, dataDir, modules };
}

/** What the sandbox looks for when it wants Asterisk. */
export const ASTERISK: Wanted<AsteriskInstall> = {
  name: 'asterisk',
  variable: 'ASTERISK_BIN',
  packages: ASTERISK_AND_SIPP,
  inCopy: 'usr/sbin/asterisk',
  inspect: inspectAsterisk,
};

/** `/usr/lib/asterisk/modules`, or with the machine's name between, as on Debian. */
async function moduleDirs(prefix: string): Promise<string[]> {
  const libs = [join(prefix, 'lib'), join(prefix, 'lib64')];
  for (const name of await readdir(join(prefix, 'lib')).catch(() => [])) {
    if (name.endsWith('-linux-gnu')) libs.unshift(join(prefix, 'lib', name));
  }
  return libs.map((lib) => join(lib, 'asterisk/modules'));
}

function dataDirs(prefix: string): string[] {
  return [
    join(prefix, 'share/asterisk'),
    join(prefix, 'var/lib/asterisk'),
    join(prefix, '../var/lib/asterisk'),
  ];
}

function firstWith(name: string, folders: string[]): string | undefined {
  return folders.find((folder) => existsSync(join(folder, name)));
}

async function hasBeep(sounds: string): Promise<boolean> {
  return (await readdir(sounds).catch(() => [])).some((name) => /^beep\.(wav|sln|ulaw|alaw|pcm)$/.test(name));
}
