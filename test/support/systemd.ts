/**
 * systemd's own programs, and a stand-in for the one thing of it that a test can not have, its process 1: a receiver
 * of its datagrams. The receiver is perl, which each Debian has, because Node has no such sockets.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../../asterisk/sandbox/find-program.ts';
import { type Program, run } from '../../asterisk/sandbox/run.ts';

/** systemd-notify or systemd-analyze: the machine's own, or one from the distribution's package. */
export async function systemdProgram(name: 'systemd-notify' | 'systemd-analyze'): Promise<Program> {
  const wanted = {
    name,
    variable: `${name.toUpperCase().replace('-', '_')}_BIN`,
    packages: { name: 'systemd', packages: ['systemd'] },
    inCopy: `usr/bin/${name}`,
    async inspect(path: string, program: Program) {
      const { output } = await run(program, ['--version'], { timeout: 30_000 });
      return /^systemd \d/.test(output) ? { program } : `"${path} --version" does not name a version of it`;
    },
  };
  const { program } = await findProgram(wanted, { onProgress: () => undefined });
  return program;
}

/**
 * Writes a script `systemd-notify` into `dir`: it runs `commands` and becomes the real one. For a PATH that begins
 * with `dir`, because the real one may be a private copy, which its loader starts.
 */
export async function writeSystemdNotify(dir: string, real: Program, commands = ''): Promise<void> {
  const words = [real.file, ...real.args].map((word) => `'${word}'`).join(' ');
  const path = join(dir, 'systemd-notify');
  await writeFile(path, `#!/bin/sh\n${commands}\nexec ${words} "$@"\n`);
  await chmod(path, 0o755);
}

const RECEIVER = `
  use Socket; $| = 1;
  socket(S, AF_UNIX, SOCK_DGRAM, 0) and bind(S, pack_sockaddr_un($ARGV[0])) or die "$!";
  print "bound\\n";
  # The file descriptors of a BARRIER=1 are closed unread, which is what its sender waits for.
  while (defined recv(S, my $message, 65536, 0)) { $message =~ s/\\n(?=.)/ | /g; chomp $message; print "$message\\n" }
`;

/** A socket as process 1 of systemd has it, and what came there. */
export class NotifySocket {
  /** The messages, each in one line: `READY=1`, or `READY=1 | STATUS=...`. */
  readonly messages: string[] = [];
  readonly #receiver: ChildProcess;
  #onMessage = () => {};

  private constructor(receiver: ChildProcess) {
    this.#receiver = receiver;
  }

  static async open(path: string): Promise<NotifySocket> {
    const receiver = spawn('perl', ['-e', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const socket = new NotifySocket(receiver);
    const lines = createInterface({ input: receiver.stdout });
    const [first] = (await once(lines, 'line')) as [string];
    if (first !== 'bound') throw new Error(`the receiver says ${first}`);
    lines.on('line', (line) => {
      if (line === 'BARRIER=1') return;
      socket.messages.push(line);
      socket.#onMessage();
    });
    return socket;
  }

  get pid(): number | undefined {
    return this.#receiver.pid;
  }

  /** Resolves when `condition` holds for the messages; the test's time limit ends a wait in vain. */
  async until(condition: (messages: readonly string[]) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onMessage = () => condition(this.messages) && resolve();
      this.#onMessage();
    });
  }

  /** From now on it reads nothing, as a systemd that hangs. */
  hang(): void {
    this.#receiver.kill('SIGSTOP');
  }

  async close(): Promise<void> {
    this.#receiver.kill('SIGKILL');
    if (this.#receiver.exitCode === null && this.#receiver.signalCode === null)
      await once(this.#receiver, 'exit');
  }
}
