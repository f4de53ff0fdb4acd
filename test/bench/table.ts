/** Figures as a table: a column for each peer; in a cell the rounds' median, their spread, and the ratio. */
import { markdownTable } from './markdown-table.ts';
import { median } from './percentile.ts';
import type { PeerResult } from './run.ts';

/** The ratios are to this one. */
export const REFERENCE = 'tutorial';

export interface Figure<T> {
  readonly name: string;
  /** Undefined = this peer has no such figure. */
  readonly of: (round: T) => number | undefined;
  readonly digits: number;
  /** Whether a ratio says anything. */
  readonly ratio: boolean;
}

/**
 * Without a line's end after the last line.
 * @param reference the column that ratios are to
 */
export function table<T>(
  figures: readonly Figure<T>[],
  results: readonly PeerResult<T>[],
  reference = REFERENCE,
): string {
  const rows = figures.map((figure) => [
    figure.name,
    ...results.map((result) => cell(figure, result, results, reference)),
  ]);
  return markdownTable([['', ...results.map(({ peer }) => peer)], ...rows]);
}

/** The median of the rounds; undefined = this peer has no such figure, or was not there. */
export function middle<T>(
  figure: Figure<T>,
  results: readonly PeerResult<T>[],
  peer: string,
): number | undefined {
  const rounds = results.find((result) => result.peer === peer)?.rounds ?? [];
  return median(rounds.flatMap((round) => figure.of(round) ?? []));
}

/** How many times the reference; empty where that says nothing. */
export function ratioText<T>(
  figure: Figure<T>,
  results: readonly PeerResult<T>[],
  peer: string,
  reference = REFERENCE,
): string {
  const [value, base] = [peer, reference].map((name) => middle(figure, results, name));
  return figure.ratio && value !== undefined && base ? ` ×${(value / base).toFixed(2)}` : '';
}

function cell<T>(
  figure: Figure<T>,
  { peer, rounds }: PeerResult<T>,
  results: readonly PeerResult<T>[],
  reference: string,
): string {
  const value = middle(figure, results, peer);
  if (value === undefined) return '-';
  const values = rounds.flatMap((round) => figure.of(round) ?? []);
  const text = (number: number) => number.toFixed(figure.digits);
  const spread = values.length > 1 ? ` (${text(Math.min(...values))}-${text(Math.max(...values))})` : '';
  return `${text(value)}${spread}${ratioText(figure, results, peer, reference)}`;
}
