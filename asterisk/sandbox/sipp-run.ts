/** Runs SIPp in a folder of its own, and reads from its screen how the calls went. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, type Wanted } from './find-program.ts';
import { randomRange } from './ports.ts';
import { ASTERISK_AND_SIPP } from './private-copy.ts';
import { type Program, run } from './run.ts';
import type { Sandbox } from './sandbox.ts';

export interface SippResult {
  /** SIPp's exit status: 0 = every call went as scripted, 1 = some did not, null = it had to be killed. */
  status: number | null;
  /** Calls that went as scripted. */
  successful: number;
  /** Calls that did not: refused, ended by Asterisk before their time, not ended in time. */
  failed: number;
  /** SIPp's own words about what failed; empty when nothing did. */
  errors: string;
}

/** One run of SIPp. */
export interface SippRun {
  readonly calls: number;
  /** SIPp's own port. */
  readonly port: number;
  /** Its further arguments. */
  readonly args: readonly (string | number)[];
  /** In ms: calls that are not over by then have failed. */
  readonly limit: number;
}

export interface SippProgress {
  /** Gives up the calls. */
  signal?: AbortSignal | undefined;
  /** Told what is being done when SIPp has to be downloaded first. */
  onProgress?: ((line: string) => void) | undefined;
}

/** Older ones have no range of ports for rtp_stream, and play no digits by it. */
export const SIPP: Wanted<{ program: Program; version: string }> = {
  name: 'sipp',
  variable: 'SIPP_BIN',
  packages: ASTERISK_AND_SIPP,
  inCopy: 'usr/bin/sipp',
  async inspect(path, program) {
    const { output } = await run(program, ['-v'], { timeout: 30_000 });
    const [, version, major, minor] = /SIPp (v(\d+)\.(\d+)(?:\.\d+)*)/.exec(output) ?? [];
    if (version === undefined) return `"${path} -v" does not name a version of SIPp`;
    if (Number(major) < 3 || (major === '3' && Number(minor) < 7))
      return `it is SIPp ${version}, and 3.7 or newer is needed`;
    return { program, version };
  },
};

/** SIPp's own words, for example `v3.8.0`. Throws SandboxError when there is no SIPp to be had. */
export async function sippVersion(): Promise<string> {
  return (await findProgram(SIPP, { onProgress: () => undefined })).version;
}

/**
 * Runs SIPp, and resolves when all of its calls have ended, or the limit is over.
 * @param prepare writes what SIPp needs into the folder, which is gone afterwards
 * @param look reads what SIPp has written there
 * @throws SandboxError when there is no SIPp to be had
 */
export async function runSipp(
  { dir: sandboxDir, sip: { host } }: Pick<Sandbox, 'dir' | 'sip'>,
  { signal, onProgress = () => undefined }: SippProgress,
  prepare: (dir: string) => Promise<SippRun>,
  look: (dir: string) => Promise<void> = () => Promise.resolve(),
): Promise<SippResult> {
  const { program } = await findProgram(SIPP, { onProgress, signal });
  // In the sandbox's folder, so that it goes even when this process is killed.
  const dir = await mkdtemp(join(sandboxDir, 'sipp-'));
  try {
    const { calls, port, args, limit } = await prepare(dir);
    const rtpPorts = 4 * calls + 100;
    const rtpPort = randomRange(rtpPorts);
    const all = [
      ...['-m', calls, '-i', host, '-mi', host, '-p', port],
      ...['-min_rtp_port', rtpPort, '-max_rtp_port', rtpPort + rtpPorts],
      ...['-nostdin', '-ci', host, '-timeout', `${Math.ceil(limit / 1000)}s`, '-timeout_error'],
      ...args,
    ];
    const options = { timeout: limit + 10_000, cwd: dir, env: { TERM: 'dumb' }, signal };
    const { status, output } = await run(program, all.map(String), options);
    await look(dir);
    const count = (name: string) =>
      Number(new RegExp(`${name} call +\\|.*\\| +(\\d+)`).exec(output)?.[1] ?? 0);
    return {
      status,
      successful: count('Successful'),
      failed: count('Failed'),
      errors: errorsOf(output),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A jump that the scenario provides for is none: what was waited for comes later. */
function errorsOf(output: string): string {
  const lines = [...output.matchAll(/^\d{4}-\d\d-\d\d\t.*$/gm)].map(([line]) => line);
  return lines.filter((line) => !line.includes('jumping to label')).join('\n');
}
