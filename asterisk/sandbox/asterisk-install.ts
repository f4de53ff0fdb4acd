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
  const lack = lackOf(MODULES, moduleDir);
  if (lack) return lack;
  const dataDir = firstWith('documentation', dataDirs(prefix));
  if (!dataDir) return 'its data folder is not found near it';
  if (!(await hasBeep(join(dataDir, 'sounds/en'))))
    return `it has no sound "beep" in ${join(dataDir, 'sounds/en')}`;
  const optional = [...OPTIONAL_MODULES, ...MAILBOX_MODULES].filter((name) => has(moduleDir, name));
  const modules = [...MODULES, ...optional];
  return { program, version, moduleDir, dataDir, modules };
}

/** The major version that all of this is made for and tested with. */
const MAJOR = '22';

/**
 * What the sandbox looks for when it wants Asterisk. One that only happens to be installed must be of our version, and
 * have the modules `needed` beside the usual ones, of which the user's own and a private copy may lack some.
 */
export function asteriskWith(needed: readonly string[]): Wanted<AsteriskInstall> {
  return {
    name: 'asterisk',
    variable: 'ASTERISK_BIN',
    packages: ASTERISK_AND_SIPP,
    inCopy: 'usr/sbin/asterisk',
    inspect: inspectAsterisk,
    objection({ version, moduleDir }) {
      const major = /^Asterisk \D*(\d+)\b/.exec(version)?.[1];
      return major === MAJOR ? lackOf(needed, moduleDir) : `it is ${version}, and ${MAJOR} is needed`;
    },
  };
}

export const ASTERISK = asteriskWith([]);

function has(moduleDir: string, module: string): boolean {
  return existsSync(join(moduleDir, `${module}.so`));
}

function lackOf(modules: readonly string[], moduleDir: string): string | undefined {
  const missing = modules.filter((name) => !has(moduleDir, name));
  return missing.length > 0 ? `it has no ${missing.join(', ')} in ${moduleDir}` : undefined;
}

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
