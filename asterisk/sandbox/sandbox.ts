/** A private, real Asterisk for tests and demos: no root, nothing installed, nothing left behind. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asteriskWith, type AsteriskInstall } from './asterisk-install.ts';
import {
  ARI_USERNAME,
  type Extras,
  recordingDirOf,
  RTP_PORTS,
  type SipAccount,
  writeConfiguration,
} from './configuration.ts';
import { findProgram } from './find-program.ts';
import { guard, type Guardian } from './guardian.ts';
import { withMailboxes, withoutMailboxes } from './mailbox-modules.ts';
import { MAILBOX_MODULES } from './modules.ts';
import { freePort, randomRange } from './ports.ts';
import { PortTakenError, untilReady } from './ready.ts';
import { asSeenBy, findRecordingDisk, type RecordingDisk } from './recording-disk.ts';
import { run } from './run.ts';
import { temporaryFolder } from './temporary-folder.ts';

export { SandboxError } from './sandbox-error.ts';

/** One running Asterisk of our own. */
export interface Sandbox extends AsyncDisposable {
  /** Holds everything of this sandbox; removed by stop(). */
  readonly dir: string;
  /**
   * Asterisk's recording directory. With `recordingDiskBytes` it is a path below /proc into Asterisk's own view of the
   * files: only for this user and root, never to be resolved by realpath, and gone when Asterisk is.
   */
  readonly recordingDir: string;
  /** The folder of Asterisk's prompts, shared by all sandboxes: only to be read. */
  readonly soundsDir: string;
  readonly ari: { readonly url: string; readonly username: string; readonly password: string };
  readonly sip: { readonly host: string; readonly port: number; readonly accounts: readonly SipAccount[] };
  /** Asterisk's process. */
  pid(): Promise<number>;
  /** Runs a command on Asterisk's own command line and returns what it prints. */
  cli(command: string): Promise<string>;
  /** The last lines of Asterisk's log. */
  logTail(): Promise<string>;
  /** Kills Asterisk, as when it crashes; resolves when it is gone. Only once. */
  crash(): Promise<void>;
  /** Starts Asterisk again after a crash; resolves when it serves again. */
  startAgain(): Promise<void>;
  /** Resolves when Asterisk has ended, by stop() or by itself. */
  readonly ended: Promise<void>;
  /** Ends Asterisk and removes its files; resolves when both are gone. Safe to call again. */
  stop(): Promise<void>;
}

export interface SandboxOptions {
  /** Told what is being done, a line at a time; the first start of all downloads Asterisk. */
  onProgress?: (line: string) => void;
  /** UDP port of SIP; any free one by default. */
  sipPort?: number | undefined;
  /** TCP port of ARI; any free one by default. */
  ariPort?: number | undefined;
  /** ARI's password, for who must know it before; a random one by default. */
  ariPassword?: string | undefined;
  /**
   * The ARI resource /mailboxes: `true` = it must be there, and is compiled when this Asterisk lacks it; `false` = it
   * must not be there; by default as this Asterisk is, and a private copy has none.
   */
  mailboxes?: boolean | undefined;
  /** The recordings lie on a disk of their own of this size, rounded up to whole pages of 4096. */
  recordingDiskBytes?: number | undefined;
  /** Debian's package has no folder for recordings: neither has this sandbox. Not with `recordingDiskBytes`. */
  withoutRecordingDir?: boolean | undefined;
  /** Nothing more by default. */
  extras?: Extras | undefined;
  /** Gives up the start; what was begun is undone. */
  signal?: AbortSignal | undefined;
}

/** How often a start is tried again when other programs take its ports first. */
const ATTEMPTS = 5;

const LOG_LINES = 30;

/** Asterisk's, for its command line; in the sandbox's folder. */
const CONTROL_SOCKET = 'run/asterisk.ctl';

/** Resolves when Asterisk answers calls and ARI. Throws SandboxError with what to do about it when that can not be. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { onProgress = () => undefined, signal, mailboxes, extras, recordingDiskBytes: bytes } = options;
  const recordingDisk = bytes === undefined ? undefined : await findRecordingDisk(bytes, signal);
  const needed = [...(mailboxes ? MAILBOX_MODULES : []), ...(extras?.modules ?? [])];
  let install = await findProgram(asteriskWith(needed), { onProgress, signal });
  if (mailboxes === true) install = await withMailboxes(install, { onProgress, signal });
  if (mailboxes === false) install = withoutMailboxes(install);
  onProgress(`Starting ${install.version}`);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(install, recordingDisk, options);
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce(
  install: AsteriskInstall,
  recordingDisk: RecordingDisk | undefined,
  options: SandboxOptions,
): Promise<Sandbox> {
  const sipPort = await freePort('udp', options.sipPort, '--sip-port');
  const ariPort = await freePort('tcp', options.ariPort, '--ari-port');
  const ari = {
    url: `http://127.0.0.1:${ariPort}`,
    username: ARI_USERNAME,
    password: options.ariPassword ?? secret(),
  };
  const accounts = [101, 102].map((number) => ({
    username: String(number),
    password: secret(),
    mailbox: `${number + 204}@default`,
  }));

  const dir = await temporaryFolder('vm-record-', CONTROL_SOCKET);
  const guardian = guard(dir);
  const sandbox = describe(dir, install, guardian, {
    ari,
    sip: { host: '127.0.0.1', port: sipPort, accounts },
  });
  try {
    const rtpPort = randomRange(RTP_PORTS);
    await writeConfiguration({
      dir,
      install,
      ariPort,
      ariPassword: ari.password,
      sipPort,
      rtpPort,
      accounts,
      recordingDisk,
      withoutRecordingDir: options.withoutRecordingDir,
      extras: options.extras,
    });
    guardian.startAsterisk();
    const resources = [
      ...(options.withoutRecordingDir ? [] : ['recordings/stored']),
      ...(options.mailboxes ? ['mailboxes'] : []),
    ];
    await untilReady(sandbox, guardian.asteriskEnded, resources, options.signal);
    if (!recordingDisk) return sandbox;
    return { ...sandbox, recordingDir: asSeenBy(String(await pidOf(dir)), recordingDirOf(dir)) };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

type Served = Pick<Sandbox, 'ari' | 'sip'>;

function describe(dir: string, install: AsteriskInstall, guardian: Guardian, served: Served): Sandbox {
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= guardian.end());
  return {
    ...served,
    dir,
    recordingDir: recordingDirOf(dir),
    soundsDir: join(install.dataDir, 'sounds/en'),
    pid: () => pidOf(dir),
    async cli(command) {
      const asterisk = { file: '/bin/sh', args: [join(dir, 'asterisk')] };
      return (await run(asterisk, ['-rx', command], { timeout: 10_000 })).output;
    },
    async logTail() {
      const log = await readFile(join(dir, 'log/messages.log'), 'utf8').catch(() => '');
      return log.split('\n').slice(-LOG_LINES).join('\n');
    },
    async crash() {
      process.kill(await pidOf(dir), 'SIGKILL');
      await guardian.asteriskEnded;
    },
    async startAgain() {
      guardian.startAsterisk();
      await untilReady(this, new Promise(() => {}), ['recordings/stored'], undefined);
    },
    ended: guardian.asteriskEnded.then(() => undefined),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function pidOf(dir: string): Promise<number> {
  return Number(await readFile(join(dir, 'run/asterisk.pid'), 'utf8'));
}

function secret(): string {
  return randomBytes(12).toString('hex');
}
