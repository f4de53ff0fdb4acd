/**
 * The callers' ears, in a process and a session of their own. What comes late to a process that waits for the CPU looks
 * like a caller's wait: beside SIPp, whose threads Linux reckons to the same session, the ears once waited for seconds
 * while Asterisk had its share.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type EarsOrder = { readonly open: number } | { readonly tell: true };

export interface EarsHeard {
  /** Of each ear, in the order of the ports; see Ear. */
  readonly heard: readonly { readonly firstSound?: number | undefined; readonly begins: readonly number[] }[];
  /** By how much the process itself came too late at worst, in ms. */
  readonly late: number;
}

export type EarsAnswer = { readonly ports: readonly number[] } | EarsHeard;

export interface Ears extends AsyncDisposable {
  readonly ports: readonly number[];
  /** What they have heard until now. */
  tell(): Promise<EarsHeard>;
}

/** Opens `count` ears; they are closed when this process ends, too. @throws Error when that fails */
export async function openEars(count: number): Promise<Ears> {
  const script = fileURLToPath(new URL('ears-process.ts', import.meta.url));
  const child = fork(script, { execArgv: ['--import', 'tsx'], detached: true });
  const ended = once(child, 'exit');
  const ask = async <T extends EarsAnswer>(order: EarsOrder): Promise<T> => {
    // One that has ended says so below.
    child.send(order, () => {});
    const answered = once(child, 'message') as Promise<[T]>;
    const failed = ended.then(() => Promise.reject(new Error('The ears have ended')));
    return (await Promise.race([answered, failed]))[0];
  };
  const { ports } = await ask<{ ports: number[] }>({ open: count });
  return {
    ports,
    tell: () => ask<EarsHeard>({ tell: true }),
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
