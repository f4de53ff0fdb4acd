/** Starts a program of an unpacked private copy in place: with the copy's own loader and libraries, not the host's. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './run.ts';

/** Undefined when the copy in `root` has no loader, which only a broken one lacks. */
export async function privateProgram(root: string, path: string): Promise<Program | undefined> {
  const lib = join(root, 'usr/lib');
  for (const machine of await readdir(lib).catch(() => [])) {
    if (!machine.endsWith('-linux-gnu')) continue;
    const libraries = join(lib, machine);
    const loader = (await readdir(libraries)).find((name) => /^ld-linux.*\.so\.\d$/.test(name));
    if (!loader) continue;
    // systemd's programs share a library that lies in a folder of their own.
    const libraryPath = `${libraries}:${join(libraries, 'systemd')}`;
    return { file: join(libraries, loader), args: ['--library-path', libraryPath, join(root, path)] };
  }
  return undefined;
}
