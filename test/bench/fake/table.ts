/** The figures on the fake Asterisk as tables: a column for each size; in a cell the median, the spread, and the ratio. */
import { percentile } from '../table.ts';
import type { InProgress, Stored } from './measures.ts';
import type { FakeBenchResult } from './run.ts';

interface Figure<R> {
  readonly name: string;
  readonly of: (result: R) => readonly number[];
  readonly digits: number;
  /** Of the largest size: at most this. */
  readonly goal?: number;
  /** Compared to the smallest size, and so is the goal. */
  readonly ratio?: boolean;
}

const percentiles = (percent: number) => (result: InProgress) =>
  result.latency.flatMap((keys) => percentile(keys, percent) ?? []);

/** Of a few calls, what else has changed meanwhile is more than what they take. */
const ofMany = (calls: number, values: readonly number[]) => (calls < 1_000 ? [] : values);

const IN_PROGRESS: readonly Figure<InProgress>[] = [
  {
    name: 'CPU per event, us',
    of: ({ eventCpu }) => eventCpu,
    ...{ digits: 2, ratio: true, goal: 1.2 },
  },
  { name: 'CPU per whole call, ms', of: ({ callCpu }) => callCpu, digits: 3, ratio: true },
  { name: 'key to request, p50, ms', of: percentiles(50), digits: 2, ratio: true },
  { name: 'key to request, p99, ms', of: percentiles(99), digits: 2, ratio: true },
  { name: 'memory per call, KiB', of: ({ calls, usedKiB }) => ofMany(calls, usedKiB), digits: 1, goal: 16 },
  {
    name: 'resident memory per call, KiB',
    of: ({ calls, residentKiB }) => ofMany(calls, residentKiB),
    digits: 1,
  },
];

const STORED: readonly Figure<Stored>[] = [
  {
    name: 'ready after the first answer, s',
    of: ({ starts }) => starts.map(({ sinceAnswer }) => sinceAnswer / 1000),
    ...{ digits: 2, goal: 3 },
  },
  {
    name: 'ready after the list, s',
    of: ({ starts }) => starts.map(({ sinceList }) => sinceList / 1000),
    digits: 2,
  },
  {
    name: 'CPU per accepted message, ms',
    of: ({ callCpu }) => callCpu,
    ...{ digits: 3, ratio: true, goal: 1.1 },
  },
  { name: 'memory, MiB', of: ({ usedMiB }) => usedMiB, digits: 1 },
  { name: 'resident memory, MiB', of: ({ residentMiB }) => residentMiB, digits: 1 },
];

/** Both tables, without a line's end after the last line. */
export function fakeTable({ inProgress, stored }: FakeBenchResult): string {
  const calls = inProgress.map((result) => `${result.calls} calls`);
  const messages = stored.map((result) => `${result.messages} messages`);
  return `${tableOf(IN_PROGRESS, calls, inProgress)}\n\n${tableOf(STORED, messages, stored)}`;
}

function tableOf<R>(figures: readonly Figure<R>[], heads: readonly string[], results: readonly R[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    ...results.map((result) => cell(figure, figure.of(result), figure.of(results[0] ?? result))),
    goal(figure),
  ]);
  const all = [['', ...heads, 'goal'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

function goal<R>({ goal, ratio }: Figure<R>): string {
  return goal === undefined ? '' : `at most ${ratio ? 'x' : ''}${goal}`;
}

function cell<R>(
  { digits, ratio }: Figure<R>,
  values: readonly number[],
  smallest: readonly number[],
): string {
  const middle = percentile(values, 50);
  const base = percentile(smallest, 50);
  if (middle === undefined) return '-';
  const text = (value: number) => value.toFixed(digits);
  const spread = values.length > 1 ? ` (${text(Math.min(...values))}-${text(Math.max(...values))})` : '';
  return `${text(middle)}${spread}${ratio && base ? ` x${(middle / base).toFixed(2)}` : ''}`;
}
