/** SIP callers from outside: SIPp places real calls with real voice and real RFC 4733 digits, without root. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import type { Sandbox } from './sandbox.ts';
import { runSipp, type SippProgress, type SippResult } from './sipp-run.ts';
import { type SippStep, writeGivingUp, writeScenario } from './sipp-scenario.ts';

export type { SippResult } from './sipp-run.ts';
export type { SippStep } from './sipp-scenario.ts';

export interface SippOptions extends SippProgress {
  /** Whom to call, for example `305`; of several, each call has the next. */
  extension: string | readonly string[];
  /** What the caller does once the call is answered; or gives up when it has rung for so many seconds. */
  steps: readonly SippStep[] | { readonly giveUpAfter: number };
  /** Number of calls in all; 1 by default. */
  calls?: number;
  /** New calls a second; 10 by default. */
  rate?: number;
  /** UDP ports, one for each call, to which Asterisk sends what the caller hears; SIPp's own by default. */
  ears?: readonly number[];
  /** With `ears`, told of each when all calls are over. */
  onMark?: (mark: SippMark) => void;
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

/**
 * Places calls to the sandbox and resolves when all have ended; a call that fails is part of the result.
 * Throws SandboxError when there is no SIPp to be had.
 */
export async function sippCall(
  sandbox: Pick<Sandbox, 'dir' | 'sip'>,
  { extension, steps, calls = 1, rate = 10, ears, onMark, ...progress }: SippOptions,
): Promise<SippResult> {
  const prepare = async (dir: string) => {
    const { path, duration } =
      'giveUpAfter' in steps
        ? await writeGivingUp(dir, steps.giveUpAfter)
        : await writeScenario(dir, steps, ears !== undefined);
    await writeFile(join(dir, CALLS), callsFile([extension].flat(), calls, ears));
    const { host, port } = sandbox.sip;
    return {
      calls,
      port: await freePort('udp', undefined, ''),
      args: [
        ...['-sf', path, '-inf', CALLS, '-l', calls, '-r', rate],
        ...(ears ? ['-trace_logs', '-log_file', MARKS] : []),
        `${host}:${port}`,
      ],
      limit: duration + (calls / rate) * 1000 + SLACK,
    };
  };
  return runSipp(sandbox, progress, prepare, async (dir) => {
    if (onMark) marksOf(await readFile(join(dir, MARKS), 'utf8').catch(() => '')).forEach(onMark);
  });
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
