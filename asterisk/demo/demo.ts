/**
 * `npm run demo`: a real Asterisk takes a call, the daemon records the caller's voice, plays it back and keeps
 * it. Needs nothing but Node and apt-get, and leaves nothing running. The exit status tells whether the
 * message really was there: 0 yes, 1 no.
 *
 * `npm run demo -- --redo` has the caller press * in the review and record again.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DaemonLog } from '../sandbox/daemon-log.ts';
import { startDaemonProcess } from '../sandbox/daemon-process.ts';
import { connectCallers } from '../sandbox/local-caller.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { readWav } from '../sandbox/wav.ts';
import { waveform } from '../sandbox/waveform.ts';
import { Cleanups } from './cleanups.ts';
import { leaveMessage } from './leave-message.ts';

const MAILBOX = '305';
const WAVEFORM = { width: 72, height: 5 };
/** What is stored may be this much shorter or longer than what was said: the caller's pauses. */
const TOLERANCE_SECONDS = 1;

/** A package for development: where only the daemon is to run, it is not installed. */
const { default: pretty } = await import('pino-pretty').catch(() => {
  process.stderr.write('The demo needs pino-pretty, which npm ci --omit=dev leaves out: run npm ci\n');
  process.exit(1);
});

/** The daemon's log, one line each, like the tutorial's sample output. */
const READABLE = {
  sync: true,
  hideObject: true,
  translateTime: 'SYS:HH:MM:ss.l',
  messageFormat:
    '{msg}{if recording} {recording}{end}{if on} on {on}{end}{if channelName}: {channelName} for {mailbox}{end}',
};

const print = (text: string) => process.stdout.write(`${text}\n`);

async function demo(redo: boolean, cleanups: Cleanups): Promise<boolean> {
  const starting = startSandbox({ onProgress: print, signal: cleanups.signal });
  cleanups.add(async () => {
    // A start that was given up undoes itself.
    const started = await starting.catch(() => undefined);
    await started?.stop();
  });
  const sandbox = await starting;

  const log = new DaemonLog();
  const readable = pretty(READABLE);
  const daemon = startDaemonProcess(
    { ARI_URL: sandbox.ari.url, ARI_USERNAME: sandbox.ari.username, ARI_PASSWORD: sandbox.ari.password },
    (line) => {
      log.write(line);
      readable.write(`${line}\n`);
    },
  );
  cleanups.add(() => daemon.stop());
  await daemon.ready;

  const callers = await connectCallers(sandbox);
  cleanups.add(() => callers.close());
  print(`\n☎ A caller dials ${MAILBOX}.`);
  const caller = await callers.call({ extension: MAILBOX });
  const saidSeconds = await leaveMessage({ caller, log, redo, soundsDir: sandbox.soundsDir, print });

  const inbox = join('voicemail', MAILBOX, 'INBOX');
  const files = await readdir(join(sandbox.recordingDir, inbox)).catch(() => []);
  print(`\nIn Asterisk's recording directory, ${files.length} message${files.length === 1 ? '' : 's'}:`);
  let storedSeconds = 0;
  for (const file of files) {
    const wav = await readWav(join(sandbox.recordingDir, inbox, file));
    storedSeconds += wav.seconds;
    print(`  ${join(inbox, file)}  ${wav.seconds.toFixed(1)} s\n`);
    print(waveform(wav, WAVEFORM.width, WAVEFORM.height).replace(/^/gm, '  '));
  }
  return files.length === 1 && Math.abs(storedSeconds - saidSeconds) <= TOLERANCE_SECONDS;
}

const OWN_ASTERISK = `
With your own Asterisk (the README says how to set it up):
  ARI_URL=http://127.0.0.1:8088 ARI_USERNAME=asterisk ARI_PASSWORD=... npm start vm-record
`;

function readRedo(): boolean {
  try {
    return parseArgs({ options: { redo: { type: 'boolean', default: false } } }).values.redo;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}. usage: npm run demo [-- --redo]\n`);
    process.exit(2);
  }
}

const redo = readRedo();
const cleanups = new Cleanups();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Not once: npm may hand on a signal that the terminal has sent to the whole group already.
  process.on(signal, () => void cleanups.run().finally(() => process.exit(130)));
}
let kept = false;
try {
  kept = await demo(redo, cleanups);
  await cleanups.run();
  print(kept ? OWN_ASTERISK : '\nThe message is not what the caller said: this is a bug, please report it.');
} catch (error) {
  if (!cleanups.signal.aborted)
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  await cleanups.run();
}
process.exitCode = kept ? 0 : 1;
