/**
 * The stage on a real Asterisk: the sandbox, the daemon in a process of its own, callers over Local
 * channels, and the WAVs on disk.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DaemonExit,
  type DaemonProcess,
  startDaemonProcess,
} from '../../asterisk/sandbox/daemon-process.ts';
import { type Callers, connectCallers, type LocalCaller } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { segments } from '../../asterisk/sandbox/segments.ts';
import { readWav } from '../../asterisk/sandbox/wav.ts';
import { type Caller, type Sound, type Stage, STORY_SETTINGS, type StoredMessage } from './stage.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';

/** Longer than any recording in a story. */
const TALK_SECONDS = 10;

export class RealStage implements Stage {
  readonly sandbox: Sandbox;
  readonly log: DaemonLog;
  readonly #callers: Callers;
  readonly #daemon: DaemonProcess;
  #heardCount = 0;

  private constructor(sandbox: Sandbox, callers: Callers, daemon: DaemonProcess, log: DaemonLog) {
    this.sandbox = sandbox;
    this.#callers = callers;
    this.#daemon = daemon;
    this.log = log;
  }

  /** Brings up Asterisk, the daemon and the callers' connection. */
  static async start(
    settings: Record<string, string> = STORY_SETTINGS,
    options: SandboxOptions = {},
  ): Promise<RealStage> {
    const sandbox = await startSandbox({
      onProgress: (line) => process.stderr.write(`${line}\n`),
      ...options,
    });
    const log = new DaemonLog();
    const daemon = startDaemonProcess({ ...daemonSettings(sandbox), ...settings }, (json) => log.write(json));
    try {
      await daemon.ready;
      return new RealStage(sandbox, await connectCallers(sandbox), daemon, log);
    } catch (error) {
      await daemon.stop();
      await sandbox.stop();
      throw error;
    }
  }

  async call(mailbox: string): Promise<RealCaller> {
    this.#heardCount += 1;
    const heard = join(this.sandbox.dir, `heard-${this.#heardCount}.wav`);
    return new RealCaller(await this.#callers.call({ extension: mailbox, heard }), heard, this.log);
  }

  messages(mailbox: string): Promise<StoredMessage[]> {
    return storedMessages(this.sandbox, mailbox);
  }

  /** Channels that Asterisk still has: none when all calls are over. */
  async channels(): Promise<string[]> {
    const list = await this.sandbox.cli('core show channels concise');
    return list.split('\n').filter((line) => line.includes('!'));
  }

  /** Has the daemon count its messages anew. */
  reload(): void {
    this.#daemon.reload();
  }

  /** Stops everything that was started, and answers how the daemon ended. */
  async stop(): Promise<DaemonExit> {
    try {
      await this.#callers.close();
      return await this.#daemon.stop();
    } finally {
      await this.sandbox.stop();
    }
  }
}

export function daemonSettings({ ari }: Sandbox): Record<string, string> {
  return { ARI_URL: ari.url, ARI_USERNAME: ari.username, ARI_PASSWORD: ari.password, LOG_LEVEL: 'debug' };
}

/** What is stored below `voicemail/<mailbox>`, sorted by name. */
export async function storedMessages({ recordingDir }: Sandbox, mailbox: string): Promise<StoredMessage[]> {
  const below = `voicemail/${mailbox}`;
  const files = await readdir(join(recordingDir, below), { recursive: true }).catch(() => []);
  const wavs = files.filter((file) => file.endsWith('.wav')).sort();
  return Promise.all(
    wavs.map(async (file) => {
      const wav = await readWav(join(recordingDir, below, file));
      return {
        name: `${below}/${file.slice(0, -'.wav'.length)}`,
        seconds: wav.seconds,
        sounds: segments(wav),
      };
    }),
  );
}

export class RealCaller implements Caller {
  readonly leg: LocalCaller;
  readonly #heard: string;
  readonly #log: DaemonLog;

  constructor(leg: LocalCaller, heard: string, log: DaemonLog) {
    this.leg = leg;
    this.#heard = heard;
    this.#log = log;
  }

  until(message: string, times?: number): Promise<void> {
    return this.#log.until(this.leg.farId, message, times);
  }

  say(hz: number, seconds: number): Promise<void> {
    return this.leg.say(hz, seconds);
  }

  async talkOn(hz: number): Promise<void> {
    await this.leg.startSaying(hz, TALK_SECONDS);
  }

  press(digits: string): Promise<void> {
    return this.leg.press(digits);
  }

  wait(seconds: number): Promise<void> {
    return sleep(seconds * 1000);
  }

  hangup(): Promise<void> {
    return this.leg.hangup();
  }

  gone(): Promise<void> {
    return this.leg.ended;
  }

  async over(): Promise<void> {
    await this.gone();
    await this.until('Call over');
  }

  async heard(): Promise<readonly Sound[]> {
    return segments(await readWav(this.#heard));
  }

  log(): string[] {
    return this.#log
      .of(this.leg.farId)
      .filter((line) => line.level !== 'debug')
      .map((line) => line.msg);
  }
}
