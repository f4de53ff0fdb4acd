/** What of many values is shown. */

/** The value that so many percent are at or below; undefined of none. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

export const median = (values: readonly number[]) => percentile(values, 50);
