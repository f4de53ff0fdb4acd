/** What is measured side by side: the daemon, and what people would use instead, each with its part of the dialplan. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Extras } from '../../asterisk/sandbox/configuration.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { daemonSettings } from '../support/real-stage.ts';
import type { Callee } from './load.ts';

export interface Peer extends Callee {
  readonly name: string;
  /** Its process; undefined = it runs inside Asterisk. */
  readonly pid: number | undefined;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
}

const MAILBOXES = Array.from({ length: 20 }, (_, i) => String(10 + i));
const extensions = (first: number) => MAILBOXES.map((mailbox) => `${first}${mailbox}`);
const TUTORIAL_KEYS = { keys: { review: '#', accept: '#' }, reviewsAtOnce: true };

/** 3XX is vm-record's, by the shipped dialplan; the others leave a message for the same mailboxes. */
export const EXTRAS: Extras = {
  modules: ['app_voicemail'],
  files: {
    'voicemail.conf': `[general]
format = wav
review = yes
maxmsg = 9999
maxsecs = 180
maxsilence = 10
[default]
${MAILBOXES.map((mailbox) => `3${mailbox} => 1234,Mailbox 3${mailbox}\n`).join('')}`,
    // Else loading app_voicemail complains.
    'smdi.conf': '',
    // What callers hear goes to another port than they speak from: Asterisk would first be suspicious for 80 ms.
    'rtp.conf': 'strictrtp = no\n',
    // The tutorial's way and the floor open a connection for each operation under way, and 100 would be all.
    'http.conf': 'sessionlimit = 1000\n',
    'extensions.conf': `
[default](+)
include => bench-tutorial
include => bench-floor
include => bench-app-voicemail
[bench-tutorial]
exten => _8XX,1,Stasis(tutorial,3\${EXTEN:1})
 same => n,Hangup()
[bench-floor]
exten => _6XX,1,Stasis(floor,3\${EXTEN:1})
 same => n,Hangup()
[bench-app-voicemail]
; s = no instructions: only the beep, as the others.
exten => _7XX,1,VoiceMail(3\${EXTEN:1}@default,s)
 same => n,Hangup()
`,
  },
};

/** Starts all of them; app_voicemail is left out where this Asterisk has none. */
export async function startPeers(sandbox: Sandbox): Promise<Peer[]> {
  const peers = [await startDaemon(sandbox)];
  try {
    peers.push(await startScript(sandbox, 'tutorial', extensions(8)));
    if ((await sandbox.cli('module show like app_voicemail.so')).includes('1 modules loaded')) {
      const keys = { review: '#2', accept: '1' };
      const name = 'app_voicemail';
      peers.push({ name, extensions: extensions(7), keys, reviewsAtOnce: false, pid: undefined, stop });
    }
    peers.push(await startScript(sandbox, 'floor', extensions(6)));
    return peers;
  } catch (error) {
    await Promise.all(peers.map((peer) => peer.stop()));
    throw error;
  }
}

const stop = () => Promise.resolve();

/** With all features on, but no prompts, which the others have not. */
async function startDaemon(sandbox: Sandbox): Promise<Peer> {
  let pid: number | undefined;
  const port = await freePort('tcp', undefined, '');
  const settings = {
    LOG_LEVEL: 'info',
    VM_PROMPTS: 'off',
    VM_MAX_MESSAGES: '0',
    VM_HEALTH_PORT: String(port),
  };
  const daemon = startDaemonProcess({ ...daemonSettings(sandbox), ...settings }, (json) => {
    if (pid === undefined && json.includes('"Waiting for calls"'))
      ({ pid } = JSON.parse(json) as { pid: number });
  });
  const stop = async () => void (await daemon.stop());
  try {
    await daemon.ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: 'vm-record', extensions: extensions(3), ...TUTORIAL_KEYS, pid, stop };
}

const SCRIPTS = { tutorial: 'tutorial-way.ts', floor: 'floor.ts' };

/** Starts a script of this folder, as the application `name`; it says `ready` when it waits for calls. */
async function startScript(
  sandbox: Sandbox,
  name: keyof typeof SCRIPTS,
  extensions: readonly string[],
): Promise<Peer> {
  const script = fileURLToPath(new URL(SCRIPTS[name], import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, name], {
    env: { ...process.env, ...daemonSettings(sandbox) },
    stdio: ['ignore', 'pipe', 'inherit'],
    // In a group of its own, so that Ctrl-C reaches the bench alone, which then stops it.
    detached: true,
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) => lines.on('line', (line) => line === 'ready' && resolve()));
  await Promise.race([
    ready,
    ended.then(([status]) => Promise.reject(new Error(`${name} ended with status ${String(status)}`))),
  ]);
  return { name, extensions, ...TUTORIAL_KEYS, pid: child.pid, stop };
}
