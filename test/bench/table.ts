/** The bench's figures as a table: a column for each peer; in a cell the rounds' median, their spread, and the ratio. */
import type { PeerResult, Round } from './run.ts';

/** The ratios are to this one. */
const REFERENCE = 'tutorial';

interface Figure {
  readonly name: string;
  /** Undefined = this peer has no such figure. */
  readonly of: (round: Round) => number | undefined;
  readonly digits: number;
  /** Whether a ratio says anything. */
  readonly ratio: boolean;
}

const FIGURES: readonly Figure[] = [
  { name: 'failed calls', of: ({ failed }) => failed, digits: 0, ratio: false },
  { name: 'calls without a message', of: ({ lost }) => lost, digits: 0, ratio: false },
  { name: 'beeps and reviews not heard', of: ({ unheard }) => unheard, digits: 0, ratio: false },
  { name: 'CPU of its process, ms/call', of: ({ own }) => own?.cpu, digits: 2, ratio: true },
  { name: 'CPU of Asterisk, ms/call', of: ({ asteriskCpu }) => asteriskCpu, digits: 2, ratio: true },
  {
    name: 'CPU of both, ms/call',
    of: ({ own, asteriskCpu }) => (own?.cpu ?? 0) + asteriskCpu,
    ...{ digits: 2, ratio: true },
  },
  { name: 'answer to beep, p50, ms', of: ({ beep }) => percentile(beep, 50), digits: 1, ratio: true },
  { name: 'answer to beep, p99, ms', of: ({ beep }) => percentile(beep, 99), digits: 1, ratio: true },
  { name: '# to review, p50, ms', of: ({ review }) => percentile(review, 50), digits: 1, ratio: true },
  { name: '# to review, p99, ms', of: ({ review }) => percentile(review, 99), digits: 1, ratio: true },
  { name: 'memory before, MiB', of: ({ own }) => own?.restMiB, digits: 1, ratio: true },
  { name: 'memory at the peak, MiB', of: ({ own }) => own?.peakMiB, digits: 1, ratio: true },
];

/** The value that so many percent are at or below; undefined of none. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

/** The table, without a line's end after the last line. */
export function table(results: readonly PeerResult[]): string {
  const reference = results.find(({ peer }) => peer === REFERENCE);
  const rows = FIGURES.map((figure) => [
    figure.name,
    ...results.map((result) => cell(figure, result, figure.ratio ? reference : undefined)),
  ]);
  const all = [['', ...results.map(({ peer }) => peer)], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

function cell(figure: Figure, result: PeerResult, reference: PeerResult | undefined): string {
  const values = result.rounds.flatMap((round) => figure.of(round) ?? []);
  const middle = percentile(values, 50);
  if (middle === undefined) return '-';
  const text = (value: number) => value.toFixed(figure.digits);
  const spread = values.length > 1 ? ` (${text(Math.min(...values))}-${text(Math.max(...values))})` : '';
  const base = percentile(reference?.rounds.flatMap((round) => figure.of(round) ?? []) ?? [], 50);
  return `${text(middle)}${spread}${base ? ` x${(middle / base).toFixed(2)}` : ''}`;
}
