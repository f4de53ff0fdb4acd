/** The sandbox's side of guardian.sh: starts Asterisk in a process that clears up even when this one is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PLAIN } from './run.ts';

const SCRIPT = fileURLToPath(new URL('guardian.sh', import.meta.url));

/** Watches over one sandbox's folder and Asterisk. */
export interface Guardian {
  /** Starts Asterisk, or again after it has died; its configuration must be in the folder by then. */
  startAsterisk(): void;
  /** Resolves, for the first Asterisk, with what it last wrote on its console, when Asterisk has ended; never before it was started. */
  readonly asteriskEnded: Promise<string>;
  /** Ends Asterisk and removes the folder; resolves when both are gone. Safe to call again. */
  end(): Promise<void>;
}

/** From now on `folder`, which has the script `start`, is removed when this process ends, in whichever way. */
export function guard(folder: string): Guardian {
  const child = spawn('/bin/sh', [SCRIPT, folder], {
    cwd: '/',
    env: { ...process.env, ...PLAIN },
    detached: true, // a session of its own: Ctrl-C at the terminal is for this process only
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const gone = once(child, 'exit');
  child.stdin.on('error', () => undefined); // the guardian was killed; end() sees to the rest
  let console = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    console = (console + data).slice(-4096);
  });
  const asteriskEnded = once(child.stdout, 'end').then(() => console);
  return {
    startAsterisk: () => void child.stdin.write('start\n'),
    asteriskEnded,
    async end() {
      child.stdin.end();
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
