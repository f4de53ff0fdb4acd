/** The private copy of Asterisk's and SIPp's packages, in the user's cache. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadPackages } from './apt-download.ts';
import type { AptSource } from './apt-source.ts';
import type { Progress } from './apt.ts';
import { cachedFolder, type Inspect } from './cache.ts';

/** Fetched together: SIPp shares nearly all its libraries with Asterisk. */
const PACKAGES = ['asterisk', 'asterisk-core-sounds-en-wav', 'sip-tester'];

/** What `inspect` finds in the copy, which is downloaded when needed. Throws SandboxError when that is not possible. */
export function privateCopy<T extends object>(
  source: AptSource,
  inspect: Inspect<T>,
  progress: Progress,
): Promise<T> {
  const copy = {
    name: `asterisk-sipp-${source.release}-${process.arch}`,
    inspect,
    async make(root: string, work: string) {
      await downloadPackages(source, PACKAGES, { work, root }, progress);
      // A package's installation would do this; unpacking does not, and without it not even the beep is found.
      await symlink('en_US_f_Allison', join(root, 'usr/share/asterisk/sounds/en'));
    },
  };
  return cachedFolder(copy, progress);
}
