/** A lock between processes that a dead process can not hold: the kernel's own, kept by `flock` from util-linux. */
import { spawn } from 'node:child_process';
import { SandboxError } from './sandbox-error.ts';

/**
 * Resolves when this process holds the lock on `file`, with the function that gives it back. `onWait` is called when
 * another holds it. The lock lives in a child that ends when its stdin does, so it goes when this process goes.
 */
export async function lock(
  file: string,
  { onWait, signal }: { onWait: () => void; signal?: AbortSignal | undefined },
): Promise<() => void> {
  signal?.throwIfAborted();
  const child = spawn('flock', [file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const release = () => child.stdin.destroy();
  const waiting = setTimeout(onWait, 300);
  const abort = () => child.kill();
  signal?.addEventListener('abort', abort);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', () =>
        reject(new SandboxError('flock, which is part of util-linux, is not on the PATH')),
      );
      child.once('exit', () => reject(new Error(`flock ${file} ended without the lock`)));
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(waiting);
    signal?.removeEventListener('abort', abort);
  }
  return release;
}
