/** What the stories of conversations need beside a caller: telephones that are called, and what came of it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { type Callers, heardBy, type LocalCaller, type Phone } from '../../asterisk/sandbox/local-caller.ts';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { readWav, type Wav } from '../../asterisk/sandbox/wav.ts';
import { askAri } from './ask-ari.ts';
import { RealCaller } from './real-caller.ts';

/** A caller who hears that it rings. */
export interface Ringing {
  readonly caller: RealCaller;
  /** Resolves when the daemon has answered; rejects when the call ends before. */
  readonly answered: Promise<void>;
}

/** Both are on the line. */
export interface Talking {
  readonly caller: RealCaller;
  readonly owner: LocalCaller;
  readonly phone: Phone;
}

export interface Recorded {
  /** As in `voicemail/305/Conversations/<id>`. */
  readonly name: string;
  readonly wav: Wav;
}

/** What the dialplan saw after the call. */
export interface Result {
  /** `VMSTATUS VMREASON VM_MESSAGE` */
  readonly words: string;
  /** Whether the call went on in the dialplan. */
  readonly wentOn: boolean;
}

export class Conversations {
  readonly #sandbox: Sandbox;
  readonly #callers: Callers;
  readonly #log: DaemonLog;
  /** Each telephone and each caller is recorded in a file of its own. */
  #count = 0;

  constructor(sandbox: Sandbox, callers: Callers, log: DaemonLog) {
    this.#sandbox = sandbox;
    this.#callers = callers;
    this.#log = log;
  }

  /** A telephone of its own, for one call. */
  phone(): Phone {
    return this.#callers.phone(String(7000 + ++this.#count));
  }

  /** What was heard on it, when its call is over. */
  heardOn({ number }: Phone): Promise<Wav> {
    return readWav(heardBy(number, this.#sandbox));
  }

  /** Calls 5XX, which is mailbox 3XX, with these options for the daemon. */
  ring(extension: string, options: string): Ringing {
    const heard = join(this.#sandbox.dir, `rang-${++this.#count}.wav`);
    const { caller, answered } = this.#callers.ring({ extension, heard, variables: { OPTIONS: options } });
    return { caller: new RealCaller(caller, heard, this.#log), answered };
  }

  /** The same, and the owner picks up: resolves when both are talking. */
  async talk(extension: string, options = ''): Promise<Talking> {
    const phone = this.phone();
    const { caller, answered } = this.ring(extension, `dial=${phone.endpoint}${options}`);
    await phone.rings();
    const owner = await phone.answer();
    await answered;
    await caller.until('Entering conversing state');
    return { caller, owner, phone };
  }

  /** The conversations of a mailbox that were recorded, sorted by name. */
  async recorded(mailbox: string): Promise<Recorded[]> {
    const below = `voicemail/${mailbox}/Conversations`;
    const files = await readdir(join(this.#sandbox.recordingDir, below)).catch(() => []);
    const names = files.map((file) => `${below}/${file.replace(/\.wav$/, '')}`).sort();
    return Promise.all(
      names.map(async (name) => ({
        name,
        wav: await readWav(join(this.#sandbox.recordingDir, `${name}.wav`)),
      })),
    );
  }

  async result(extension: string): Promise<Result> {
    const globals = await this.#sandbox.cli('dialplan show globals');
    const value = (name: string) =>
      new RegExp(`^ *${name}_${extension}=(.*)$`, 'm').exec(globals)?.[1]?.trim() ?? '';
    return { words: value('RESULT'), wentOn: value('WENT_ON') === 'yes' };
  }

  /** A line for each channel and bridge that Asterisk still has, and for each recording that goes on. */
  async leftBehind(): Promise<string[]> {
    const channels = await this.#sandbox.cli('core show channels concise');
    const bridges = await askAri<{ id: string }[]>(this.#sandbox, 'bridges');
    const files = await readdir(this.#sandbox.recordingDir, { recursive: true }).catch(() => []);
    const names = files.filter((file) => file.endsWith('.wav')).map((file) => file.replace(/\.wav$/, ''));
    const live: string[] = [];
    for (const name of names) {
      const found = await askAri(this.#sandbox, `recordings/live/${encodeURIComponent(name)}`).catch(
        () => undefined,
      );
      if (found) live.push(`live recording ${name}`);
    }
    return [
      ...channels.split('\n').filter((line) => line.includes('!')),
      ...bridges.map(({ id }) => `bridge ${id}`),
      ...live,
    ];
  }
}
