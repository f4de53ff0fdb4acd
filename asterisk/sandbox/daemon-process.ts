/** The daemon as its users run it, `npm start vm-record` in a process of its own, for the demo and the tests. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A start takes about a second. */
const READY_LIMIT_MS = 20_000;
/** SIGTERM ends the daemon within 2 s; this is for one that hangs. */
const STOP_LIMIT_MS = 5_000;

export interface DaemonExit {
  readonly status: number | null;
  readonly stderr: string;
}

export interface DaemonProcess {
  /** Resolves when it waits for calls; rejects with what it said if it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<DaemonExit>;
  /** SIGHUP: counts all messages anew. */
  reload(): void;
  /** SIGKILL, as when it crashes. Only once it is ready. */
  kill(): Promise<DaemonExit>;
  /** SIGTERM, and SIGKILL to one that does not obey. */
  stop(): Promise<DaemonExit>;
}

/**
 * Starts the daemon with exactly these `settings`: what the environment or a `.env` says otherwise is not used.
 * @param onLine called with each line of its log
 */
export function startDaemonProcess(
  settings: Readonly<Record<string, string>>,
  onLine: (json: string) => void,
): DaemonProcess {
  // An empty variable counts as not set, and keeps dotenv from setting it.
  const unset: Record<string, string> = dotenv.parse(readFileSync(`${ROOT}/.env.example`));
  for (const name of Object.keys(unset)) unset[name] = '';
  const child = spawn('npm', ['--silent', 'start', 'vm-record'], {
    cwd: ROOT,
    env: { ...process.env, ...unset, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a group of its own, so that Ctrl-C reaches the demo alone, which then stops it.
    detached: true,
  });

  let pid: number | undefined;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = new Promise<DaemonExit>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });

  const ready = new Promise<void>((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`the daemon is not ready after ${READY_LIMIT_MS / 1000} s: ${stderr}`)),
      READY_LIMIT_MS,
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      onLine(line);
      if (!line.includes('"Waiting for calls"')) return;
      clearTimeout(limit);
      ({ pid } = JSON.parse(line) as { pid: number });
      resolve();
    });
    exited.then(({ status }) => {
      clearTimeout(limit);
      reject(new Error(`the daemon ended with status ${status}: ${stderr}`));
    }, reject);
  });
  ready.catch(() => {}); // Whoever does not wait for it is told by `exited`.

  return {
    ready,
    exited,
    // npm hands on SIGTERM, but dies of SIGHUP.
    reload: () => void (pid && process.kill(pid, 'SIGHUP')),
    kill() {
      if (pid) process.kill(pid, 'SIGKILL');
      return exited;
    },
    async stop() {
      child.kill('SIGTERM');
      const killAll = () => child.pid && process.kill(-child.pid, 'SIGKILL');
      const limit = setTimeout(killAll, STOP_LIMIT_MS);
      return exited.finally(() => clearTimeout(limit));
    },
  };
}
