/** What the commands of this folder's neighbours have in common: their arguments, Ctrl-C, and what is lacking. */
import { SandboxError } from '../../asterisk/sandbox/sandbox.ts';

/**
 * Runs a command.
 * @param readArguments throws an Error that says which argument is wrong
 * @param run is to give up, and to undo everything, when the signal is aborted
 * @returns the exit status: 2 for a wrong argument, 1 when it was given up or something is lacking, else that of `run`
 */
export async function runCommand<T>(
  usage: string,
  readArguments: () => T,
  run: (values: T, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  let values: T;
  try {
    values = readArguments();
  } catch (error) {
    process.stderr.write(`${(error as Error).message} ${usage}\n`);
    return 2;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  try {
    return await run(values, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted && !(error instanceof SandboxError)) throw error;
    process.stderr.write(`${interrupt.signal.aborted ? 'Given up' : (error as Error).message}\n`);
    // Everything is undone, but callers who are waiting for something would keep the process alive.
    process.exit(1);
  }
}
