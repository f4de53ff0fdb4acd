/** The private copy of the packages in the user's cache folder: there whole or not at all, shared by all runs. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { downloadPackages, type Progress } from './apt-download.ts';
import type { AptSource } from './apt-source.ts';
import { lock } from './lock.ts';
import { SandboxError } from './sandbox-error.ts';

/** Fetched together: SIPp shares nearly all its libraries with Asterisk. */
const PACKAGES = ['asterisk', 'asterisk-core-sounds-en-wav', 'sip-tester'];

/** How the names of folders begin that are not yet whole. */
const PARTIAL = 'partial-';

/** Looks whether the copy in `root` works: what was found in it, or a string that says what is wrong. */
export type Inspect<T extends object> = (root: string) => Promise<T | string>;

/**
 * What `inspect` finds in the private copy, which is downloaded first when there is none and made new when it is
 * broken. Throws SandboxError when that is not possible.
 */
export async function cachedCopy<T extends object>(
  source: AptSource,
  inspect: Inspect<T>,
  progress: Progress,
): Promise<T> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vm-record');
  const root = join(cache, `asterisk-sipp-${source.release}-${process.arch}`);
  const found = await inspect(root);
  if (typeof found !== 'string') return found;
  await mkdir(cache, { recursive: true });
  const unlock = await lock(join(cache, 'lock'), {
    onWait: () => progress.onProgress('Waiting for another run that is downloading Asterisk ...'),
    signal: progress.signal,
  });
  try {
    // Again: the run that was waited for may have made it.
    const now = await inspect(root);
    if (typeof now !== 'string') return now;
    await make(root, now, source, inspect, progress);
    const made = await inspect(root);
    if (typeof made === 'string') throw new SandboxError(made);
    return made;
  } finally {
    unlock();
  }
}

/** Under the lock: nobody else writes here, so every partial folder is one that a dead run left. */
async function make(
  root: string,
  problem: string,
  source: AptSource,
  inspect: Inspect<object>,
  progress: Progress,
): Promise<void> {
  const cache = dirname(root);
  for (const name of await readdir(cache)) {
    if (name.startsWith(PARTIAL)) await rm(join(cache, name), { recursive: true, force: true });
  }
  if (existsSync(root)) progress.onProgress(`The copy in ${root} is broken (${problem}); making it new.`);
  const work = await mkdtemp(join(cache, PARTIAL));
  try {
    const fresh = join(work, 'root');
    await downloadPackages(source, PACKAGES, { work, root: fresh }, progress);
    // A package's installation would do this; unpacking does not, and without it not even the beep is found.
    await symlink('en_US_f_Allison', join(fresh, 'usr/share/asterisk/sounds/en'));
    const found = await inspect(fresh);
    if (typeof found === 'string') throw new SandboxError(`the downloaded copy does not work: ${found}`);
    if (existsSync(root)) await rename(root, join(work, 'broken'));
    await rename(fresh, root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
