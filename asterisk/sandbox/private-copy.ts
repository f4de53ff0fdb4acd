/** Private copies of the distribution's packages, in the user's cache. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadPackages } from './apt-download.ts';
import type { AptSource } from './apt-source.ts';
import type { Progress } from './apt.ts';
import { cachedFolder, type Inspect } from './cache.ts';

/** Packages that are fetched and unpacked together. */
export interface Packages {
  /** What they are for, as the name of their folder begins. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Does in the unpacked folder `root` what a package's installation would do. */
  readonly finish?: (root: string) => Promise<void>;
}

/** Together, because SIPp shares nearly all its libraries with Asterisk. */
export const ASTERISK_AND_SIPP: Packages = {
  name: 'asterisk-sipp',
  packages: ['asterisk', 'asterisk-core-sounds-en-wav', 'sip-tester'],
  // Without it not even the beep is found.
  finish: (root) => symlink('en_US_f_Allison', join(root, 'usr/share/asterisk/sounds/en')),
};

/** What `inspect` finds in the copy, which is downloaded when needed. Throws SandboxError when that is not possible. */
export function privateCopy<T extends object>(
  source: AptSource,
  { name, packages, finish }: Packages,
  inspect: Inspect<T>,
  progress: Progress,
): Promise<T> {
  const copy = {
    name: `${name}-${source.release}-${process.arch}`,
    inspect,
    async make(root: string, work: string) {
      await downloadPackages(source, packages, { work, root }, progress);
      await finish?.(root);
    },
  };
  return cachedFolder(copy, progress);
}
