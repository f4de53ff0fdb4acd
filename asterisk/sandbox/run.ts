/** Runs a program to its end. Every external program that is not a server is started here, and only here. */
import { spawn } from 'node:child_process';

/** How to start something: a file and the arguments that always come first (a dynamic loader has some). */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

export interface RunOptions {
  /** Time limit in ms; the program is killed after it. */
  timeout: number;
  signal?: AbortSignal | undefined;
  /** Variables beside this process's own. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Called with every complete line of output as it comes. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** Exit status; null when the program could not be started or was killed. */
  status: number | null;
  /** What it wrote on stdout and stderr, together, in order; of a long output the last 64 KiB. */
  output: string;
}

/** What a program says is read, and so it must not say it in the language of whoever runs this. */
export const PLAIN = { LC_ALL: 'C' };

/** Resolves when the program has ended, however it ended; rejects only when `signal` aborts. */
export async function run(
  program: Program,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = spawn(program.file, [...program.args, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...PLAIN, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.timeout,
    killSignal: 'SIGKILL',
  });
  const abort = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', abort);
  let output = '';
  let line = '';
  const onData = (data: string) => {
    output = (output + data).slice(-65_536);
    const lines = (line + data).split('\n');
    line = lines.pop() ?? '';
    for (const complete of lines) options.onLine?.(complete);
  };
  child.stdout.setEncoding('utf8').on('data', onData);
  child.stderr.setEncoding('utf8').on('data', onData);
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  options.signal?.removeEventListener('abort', abort);
  options.signal?.throwIfAborted();
  return { status, output };
}
