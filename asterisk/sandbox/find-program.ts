/** Decides which copy of a program the sandbox runs: the user's choice, the machine's own, or the private copy. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
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
  readonly inspect: (path: string, program: Program) => Promise<T | string>;
  /** What speaks against one that only happens to be installed, although it could be used. */
  readonly objection?: (found: T) => string | undefined;
}

const DOWNLOAD = 'download';

/**
 * In this order: what the environment's variable names, the PATH and /usr/sbin, the private copy, which is downloaded
 * when there is none. What the machine happens to have is passed over if it can not be used. Throws SandboxError when
 * what the user named can not be used (passing over it would hide the reason), or no private copy can be made.
 */
export async function findProgram<T extends object>(wanted: Wanted<T>, progress: Progress): Promise<T> {
  const named = process.env[wanted.variable] || undefined;
  if (named === undefined) return (await installed(wanted)) ?? copied(wanted, progress);
  return named === DOWNLOAD ? copied(wanted, progress) : chosen(wanted, named);
}

async function chosen<T extends object>({ variable, inspect }: Wanted<T>, path: string): Promise<T> {
  const found = await inspect(path, { file: path, args: [] });
  if (typeof found !== 'string') return found;
  throw new SandboxError(
    `${variable}=${path} can not be used: ${found}. Set ${variable} to the path of one that can, ` +
      `or to "${DOWNLOAD}" for a private copy.`,
  );
}

async function installed<T extends object>({ name, inspect, objection }: Wanted<T>): Promise<T | undefined> {
  const passedOver: string[] = [];
  for (const path of onPath(name)) {
    const found = await inspect(path, { file: path, args: [] });
    const fit = typeof found === 'string' ? found : (objection?.(found) ?? found);
    if (typeof fit !== 'string') {
      tell(passedOver, path);
      return fit;
    }
    passedOver.push(`${path} can not be used: ${fit}.`);
  }
  tell(passedOver, 'A private copy');
  return undefined;
}

const told = new Set<string>();

/** Not by onProgress, because many who ask for a program have nobody who looks on; and once, however many ask. */
function tell(passedOver: readonly string[], used: string): void {
  const line = `${passedOver.join(' ')} ${used} is used instead.\n`;
  if (passedOver.length === 0 || told.has(line)) return;
  told.add(line);
  process.stderr.write(line);
}

async function copied<T extends object>(wanted: Wanted<T>, progress: Progress): Promise<T> {
  const { name, variable } = wanted;
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

/** All of that name, each file once: on many systems /bin is /usr/bin. */
function onPath(name: string): string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const paths = folders.map((folder) => resolve(folder, name)).filter(isProgram);
  const files = paths.map((path) => realpathSync(path));
  return paths.filter((_, n) => files.indexOf(files[n] ?? '') === n);
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
