/** Decides which copy of a program the sandbox runs: the user's choice, the machine's own, or the private copy. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Progress } from './apt.ts';
import { findAptSource } from './apt-source.ts';
import { type Packages, privateCopy } from './private-copy.ts';
import { privateProgram } from './private-program.ts';
import type { Program } from './run.ts';
import { SandboxError } from './sandbox-error.ts';

/** A program to look for. */
export interface Wanted<T extends object> {
  /** Name of its file. */
  readonly name: string;
  /** Environment variable by which the user names it; `download` there passes over the machine's own. */
  readonly variable: string;
  /** What the private copy is made of. */
  readonly packages: Packages;
  /** Where it lies in the private copy. */
  readonly inCopy: string;
  /** Looks whether it can be used; a string says why not. */
  inspect(path: string, program: Program): Promise<T | string>;
}

const DOWNLOAD = 'download';

/**
 * In this order: the environment's variable, the PATH and /usr/sbin, the private copy, which is downloaded when there
 * is none. Throws SandboxError when the first that is there can not be used: passing over it would hide the reason.
 */
export async function findProgram<T extends object>(wanted: Wanted<T>, progress: Progress): Promise<T> {
  const { name, variable } = wanted;
  const named = process.env[variable] || undefined;
  const installed = named === undefined ? onPath(name) : undefined;
  const path = named === DOWNLOAD ? undefined : (named ?? installed);
  if (path !== undefined) {
    const found = await wanted.inspect(path, { file: path, args: [] });
    if (typeof found !== 'string') return found;
    const subject = named ? `${variable}=${path}` : `The installed ${path}`;
    throw new SandboxError(
      `${subject} can not be used: ${found}. Set ${variable} to the path of one that can, ` +
        `or to "${DOWNLOAD}" for a private copy.`,
    );
  }
  try {
    return await privateCopy(
      await findAptSource(),
      wanted.packages,
      async (root) => {
        const program = await privateProgram(root, wanted.inCopy);
        return program ? wanted.inspect(join(root, wanted.inCopy), program) : `no loader in ${root}`;
      },
      progress,
    );
  } catch (error) {
    if (progress.signal?.aborted) throw error;
    throw new SandboxError(
      `A private copy of ${name} can not be made: ${(error as Error).message}. ` +
        `Either remove that obstacle, or install ${name} and name it with ${variable}=/path/to/${name}.`,
      { cause: error },
    );
  }
}

function onPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

/** A folder of that name is none: this project has one, and an empty word in the PATH means the current folder. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
