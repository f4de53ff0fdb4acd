/** What a part of the bench hands over for the results: the same for every part, so that one more is only added. */

/** One of the figures that are to be reached. */
export interface Goal {
  readonly figure: string;
  readonly goal: string;
  /** What was measured, with its unit. */
  readonly measured: string;
  /** Undefined = it was not measured. */
  readonly reached: boolean | undefined;
}

/** One bar of the chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands beside it. */
  readonly text: string;
  /** Whether it is ours. */
  readonly ours: boolean;
}

/** One figure in the chart, a bar for each that was measured. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Section {
  readonly title: string;
  /** Text and tables, as Markdown, without a heading. */
  readonly markdown: string;
  readonly goals: readonly Goal[];
  readonly panels: readonly Panel[];
  /** What it was measured with, and which version: `['Asterisk', '22.10.1']`. */
  readonly versions: readonly (readonly [name: string, version: string])[];
}

/** A goal for a number; undefined = it was not measured. */
export function goal(
  figure: string,
  limit: { readonly atMost: number } | { readonly atLeast: number },
  measured: number | undefined,
  text = (value: number) => value.toFixed(2),
): Goal {
  const [words, number] = 'atMost' in limit ? ['at most', limit.atMost] : ['at least', limit.atLeast];
  const reaches = (value: number) => ('atMost' in limit ? value <= limit.atMost : value >= limit.atLeast);
  return {
    figure,
    goal: `${words} ${text(number)}`,
    measured: measured === undefined ? '-' : text(measured),
    reached: measured === undefined ? undefined : reaches(measured),
  };
}
