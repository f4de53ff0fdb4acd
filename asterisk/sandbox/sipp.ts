/** SIP callers from outside: SIPp places real calls with real voice and real RFC 4733 digits, without root. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, type Wanted } from './find-program.ts';
import { freePort, randomRange } from './ports.ts';
import { ASTERISK_AND_SIPP } from './private-copy.ts';
import { type Program, run } from './run.ts';
import type { Sandbox } from './sandbox.ts';
import { type SippStep, writeScenario } from './sipp-scenario.ts';

export type { SippStep } from './sipp-scenario.ts';

export interface SippOptions {
  /** Whom to call, for example `305`; of several, each call has the next. */
  extension: string | readonly string[];
  steps: readonly SippStep[];
  /** Number of calls in all; 1 by default. */
  calls?: number;
  /** New calls a second; 10 by default. */
  rate?: number;
  /** UDP ports, one for each call, to which Asterisk sends what the caller hears; SIPp's own by default. */
  ears?: readonly number[];
  /** With `ears`, told of each when all calls are over. */
  onMark?: (mark: SippMark) => void;
  /** Gives up the calls. */
  signal?: AbortSignal | undefined;
  /** Told what is being done when SIPp has to be downloaded first. */
  onProgress?: (line: string) => void;
}

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

/** What happened at a caller's telephone, who is known by the ear. */
export interface SippMark {
  readonly what: 'answer' | 'press';
  readonly ear: number;
  /** In epoch ms. */
  readonly at: number;
}

/** What a call may take on top of its steps, in ms. */
const SLACK = 30_000;

/** Files in SIPp's folder. */
const CALLS = 'calls.csv';
const MARKS = 'marks.log';

const SIPP: Wanted<{ program: Program }> = {
  name: 'sipp',
  variable: 'SIPP_BIN',
  packages: ASTERISK_AND_SIPP,
  inCopy: 'usr/bin/sipp',
  async inspect(path, program) {
    const { output } = await run(program, ['-v'], { timeout: 30_000 });
    return output.includes('SIPp v') ? { program } : `"${path} -v" does not name a version of SIPp`;
  },
};

/** SIPp's own words, for example `v3.7.3`. Throws SandboxError when there is no SIPp to be had. */
export async function sippVersion(): Promise<string> {
  const { program } = await findProgram(SIPP, { onProgress: () => undefined });
  const { output } = await run(program, ['-v'], { timeout: 30_000 });
  return /SIPp (v[\w.]+)/.exec(output)?.[1] ?? '';
}

/**
 * Places calls to the sandbox and resolves when all have ended; a call that fails is part of the result.
 * Throws SandboxError when there is no SIPp to be had.
 */
export async function sippCall(
  sandbox: Pick<Sandbox, 'dir' | 'sip'>,
  { extension, steps, calls = 1, rate = 10, ears, onMark, signal, onProgress = () => undefined }: SippOptions,
): Promise<SippResult> {
  const { program } = await findProgram(SIPP, { onProgress, signal });
  // In the sandbox's folder, so that it goes even when this process is killed.
  const dir = await mkdtemp(join(sandbox.dir, 'sipp-'));
  try {
    const { path, duration } = await writeScenario(dir, steps, ears !== undefined);
    await writeFile(join(dir, CALLS), callsFile([extension].flat(), calls, ears));
    const limit = duration + (calls / rate) * 1000 + SLACK;
    const { host, port } = sandbox.sip;
    const rtpPorts = 4 * calls + 100;
    const rtpPort = randomRange(rtpPorts);
    const args = [
      ...['-sf', path, '-inf', CALLS, '-m', calls, '-l', calls, '-r', rate],
      ...['-i', host, '-mi', host, '-p', await freePort('udp', undefined, '')],
      ...['-min_rtp_port', rtpPort, '-max_rtp_port', rtpPort + rtpPorts],
      ...['-nostdin', '-ci', host, '-timeout', `${Math.ceil(limit / 1000)}s`, '-timeout_error'],
      ...(ears ? ['-trace_logs', '-log_file', MARKS] : []),
      `${host}:${port}`,
    ];
    const env = { ...process.env, TERM: 'dumb' };
    const { status, output } = await run(program, args.map(String), {
      timeout: limit + 10_000,
      cwd: dir,
      env,
      signal,
    });
    if (onMark) marksOf(await readFile(join(dir, MARKS), 'utf8').catch(() => '')).forEach(onMark);
    const count = (name: string) =>
      Number(new RegExp(`${name} call +\\|.*\\| +(\\d+)`).exec(output)?.[1] ?? 0);
    return {
      status,
      successful: count('Successful'),
      failed: count('Failed'),
      errors: [...output.matchAll(/^\d{4}-\d\d-\d\d\t.*$/gm)].map(([line]) => line).join('\n'),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function callsFile(extensions: readonly string[], calls: number, ears: readonly number[] = []): string {
  const lines = Array.from({ length: calls }, (_, i) => {
    return `${extensions[i % extensions.length] ?? ''};${ears[i] ?? ''};\n`;
  });
  return `SEQUENTIAL\n${lines.join('')}`;
}

function marksOf(log: string): SippMark[] {
  return [...log.matchAll(/^(answer|press) (\d+) .*?(\d+\.\d{6})$/gm)].map(([, what, ear, seconds]) => ({
    what: what as SippMark['what'],
    ear: Number(ear),
    at: Number(seconds) * 1000,
  }));
}
