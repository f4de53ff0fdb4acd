/** A script of the bench in a process of its own, which can be asked. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Answers, Asked } from './questions.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Child<A extends Answers<A>> extends Asked<A> {
  readonly pid: number;
  /** Resolves when the process has ended, however that came. */
  readonly ended: Promise<unknown>;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  /** For Node itself, before the script. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all that it writes on stdout, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** @param script relative to the project's folder */
export function startChild<A extends Answers<A>>(script: string, options: ChildOptions = {}): Child<A> {
  const { args = [], nodeArgs = [], env = {}, onOutput } = options;
  const child = fork(`${ROOT}/${script}`, args, {
    cwd: ROOT,
    execArgv: ['--import', 'tsx', ...nodeArgs],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // In a group of its own, so that Ctrl-C reaches the bench alone, which then stops it.
    detached: true,
  });
  const ended = once(child, 'exit');
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return Object.assign(new Asked<A>(child), { pid: child.pid ?? 0, ended, stop });
}
