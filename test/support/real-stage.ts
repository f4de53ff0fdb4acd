/**
 * The stage on a real Asterisk: the sandbox, the daemon in a process of its own, callers over Local
 * channels, and the WAVs on disk.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DaemonExit,
  type DaemonProcess,
  startDaemonProcess,
} from '../../asterisk/sandbox/daemon-process.ts';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { segments } from '../../asterisk/sandbox/segments.ts';
import { readWav } from '../../asterisk/sandbox/wav.ts';
import { type Stage, STORY_SETTINGS, type StoredMessage } from './stage.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { Conversations } from './conversations.ts';
import { RealCaller } from './real-caller.ts';

export class RealStage implements Stage {
  readonly sandbox: Sandbox;
  readonly log: DaemonLog;
  readonly conversations: Conversations;
  readonly #callers: Callers;
  readonly #daemon: DaemonProcess;
  #heardCount = 0;

  private constructor(sandbox: Sandbox, callers: Callers, daemon: DaemonProcess, log: DaemonLog) {
    this.sandbox = sandbox;
    this.#callers = callers;
    this.#daemon = daemon;
    this.log = log;
    this.conversations = new Conversations(sandbox, callers, log);
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
