/** What came of it all, as a table; and, for each call that went wrong, everything that is known of it. */
import type { LogLine } from '../../asterisk/sandbox/daemon-log.ts';
import type { Message } from './disk.ts';
import type { Journal } from './journal.ts';
import type { ChaosOptions } from './run.ts';
import { describeScript } from './script.ts';
import { type CallVerdict, PROBLEM_KINDS } from './verdict.ts';
import type { Span, WitnessedCall } from './witness.ts';

export interface CallReport {
  readonly call: WitnessedCall;
  readonly messages: readonly Message[];
  readonly lines: readonly LogLine[];
  readonly verdict: CallVerdict;
}

export interface Report {
  readonly options: ChaosOptions;
  readonly seconds: number;
  /** How many met a fault or might have. */
  readonly requests: number;
  readonly journal: Journal;
  readonly calls: readonly CallReport[];
  /** A line each. */
  readonly leftBehind: readonly string[];
}

/** More in full help nobody. */
const MOST_IN_FULL = 10;

const failed = ({ verdict }: CallReport) => verdict.problems.length > 0;

/** Whether all is well. */
export function isGood({ calls, leftBehind }: Report): boolean {
  return leftBehind.length === 0 && !calls.some(failed);
}

/** The table. */
export function table({ options, seconds, requests, journal, calls, leftBehind }: Report): string {
  const count = (matches: (report: CallReport) => boolean) => calls.filter(matches).length;
  const has = (kind: string) =>
    count(({ verdict }) => verdict.problems.some((problem) => problem.kind === kind));
  const expected = calls.filter(({ verdict }) => verdict.expected);
  const rows: [string, number][] = [
    ['calls', calls.length],
    ['  taken by the dialplan', count(({ call }) => call.takes.some(({ name }) => name === undefined))],
    ['  put through', count(({ call }) => call.isPutThrough)],
    ['  conversations', count(({ call }) => call.isBridged)],
    ['  never recorded', count(({ call }) => call.takes.length === 0)],
    ['messages expected', expected.length],
    ['  found', expected.filter((report) => !failed(report)).length],
    ...PROBLEM_KINDS.map((kind): [string, number] => [`  ${kind}`, has(kind)]),
    ['  kept in doubt', count(({ verdict }) => verdict.keptInDoubt)],
    ['left behind', leftBehind.length],
    ['requests', requests],
    ...[...journal.counts].sort().map(([kind, times]): [string, number] => [`  ${kind}`, times]),
  ];
  const lines = rows.map(([what, number]) => `${what.padEnd(24)}${String(number).padStart(6)}`);
  return [`seed ${options.seed}, ${seconds.toFixed(1)} s`, ...lines].join('\n');
}

/** Everything about what went wrong; empty if nothing did. */
export function details({ journal, calls, leftBehind }: Report): string {
  const leftIt = ({ call }: CallReport) => leftBehind.some((line) => line.includes(call.farId));
  const wrong = calls.filter((report) => failed(report) || leftIt(report)).slice(0, MOST_IN_FULL);
  const inFull = wrong.map(({ call, messages, lines, verdict }) =>
    [
      ...verdict.problems.map(({ kind, why }) => `${kind}: ${why}`),
      describeScript(call.script),
      ...timeline(call),
      ...messages.map(({ name, seconds, sounds }) => {
        const heard = sounds.map(({ hz = 'silence', seconds }) => `${hz} ${seconds.toFixed(1)} s`).join(', ');
        return `on disk: ${name} ${seconds.toFixed(2)} s: ${heard}`;
      }),
      ...lines.map((line) => JSON.stringify(line)),
      ...journal.lines((what) => what.includes(call.farId)),
    ].join('\n  '),
  );
  const schedule = [
    'what went wrong with the connection:',
    ...journal.lines((what) => !what.includes('/ari/')),
  ];
  const left = leftBehind.length > 0 ? [['left behind:', ...leftBehind].join('\n  ')] : [];
  const all = [...inFull, ...left];
  return all.length > 0 ? [...all, schedule.join('\n  ')].join('\n\n') : '';
}

function timeline({ said, keys, takes, reason }: WitnessedCall): string[] {
  const time = (at: number | undefined) =>
    at === undefined ? '...' : new Date(at).toISOString().slice(14, -1);
  const span = ({ from, to }: Span) => `${time(from)} to ${time(to)}`;
  return [
    ...said.map((words) => `said ${words.hz} Hz ${span(words)}`),
    ...keys.map(({ digit, at }) => `pressed ${digit} ${time(at)}`),
    ...takes.map(({ name, parts }) => `recorded ${name ?? 'by the dialplan'} ${parts.map(span).join(', ')}`),
    `VMREASON ${reason}`,
  ];
}
