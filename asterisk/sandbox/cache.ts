/** Folders in the user's cache: each is there whole or not at all, and shared by all runs. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from './apt.ts';
import { lock } from './lock.ts';
import { SandboxError } from './sandbox-error.ts';

/** How the names of folders begin that are not yet whole. */
const PARTIAL = 'partial-';

/** Looks whether the folder `root` is as it should be: what was found in it, or a string that says what is wrong. */
export type Inspect<T extends object> = (root: string) => Promise<T | string>;

/** One folder of the cache. */
export interface Cached<T extends object> {
  /** The folder's own; it says all on which its content depends. */
  readonly name: string;
  readonly inspect: Inspect<T>;
  /** Makes the folder `fresh` with all that belongs in it. `work` is there for files that are not kept. */
  readonly make: (fresh: string, work: string) => Promise<void>;
}

/**
 * What `inspect` finds in the folder, which is made first when there is none and made new when it is broken. Throws
 * SandboxError when that is not possible.
 */
export async function cachedFolder<T extends object>(
  { name, inspect, make }: Cached<T>,
  { onProgress, signal }: Progress,
): Promise<T> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vm-record');
  const root = join(cache, name);
  const found = await inspect(root);
  if (typeof found !== 'string') return found;
  await mkdir(cache, { recursive: true });
  const unlock = await lock(join(cache, 'lock'), {
    onWait: () => onProgress('Waiting for another run that is filling the cache ...'),
    signal,
  });
  try {
    // Again: the run that was waited for may have made it.
    const now = await inspect(root);
    if (typeof now !== 'string') return now;
    if (existsSync(root)) onProgress(`The copy in ${root} is broken (${now}); making it new.`);
    await replace(root, cache, { inspect, make });
    const made = await inspect(root);
    if (typeof made === 'string') throw new SandboxError(made);
    return made;
  } finally {
    unlock();
  }
}

/** Under the lock: nobody else writes here, so every partial folder is one that a dead run left. */
async function replace(
  root: string,
  cache: string,
  { inspect, make }: Pick<Cached<object>, 'inspect' | 'make'>,
): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name.startsWith(PARTIAL)) await rm(join(cache, name), { recursive: true, force: true });
  }
  const work = await mkdtemp(join(cache, PARTIAL));
  try {
    const fresh = join(work, 'root');
    await make(fresh, work);
    const found = await inspect(fresh);
    if (typeof found === 'string') throw new SandboxError(`the new copy does not work: ${found}`);
    if (existsSync(root)) await rename(root, join(work, 'broken'));
    await rename(fresh, root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
