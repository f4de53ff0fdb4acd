/** The results as files for people who did not run the bench: RESULTS.md, and the chart that the README of test shows. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart } from './chart.ts';
import { markdownTable } from './markdown-table.ts';
import type { Goal, Section } from './section.ts';

const CHART = 'results.svg';
const NOTE = "× is how many times the tutorial's way; less is better, but for rates";

export interface Run {
  /** As it was typed. */
  readonly command: string;
  readonly date: Date;
  /** Names and values. */
  readonly machine: readonly (readonly [name: string, value: string])[];
}

/** Writes both files into the folder. */
export async function writeResults(folder: string, run: Run, sections: readonly Section[]): Promise<void> {
  await writeFile(join(folder, 'RESULTS.md'), resultsMarkdown(run, sections));
  await writeFile(
    join(folder, CHART),
    chart(
      sections.flatMap(({ panels }) => panels),
      NOTE,
    ),
  );
}

/** The goals of all parts, as a table. */
export function goalsTable(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ goals }) => goals).map((row) => [...cells(row)]);
  return markdownTable([['figure', 'goal', 'measured', 'reached'], ...rows]);
}

const cells = ({ figure, goal, measured, reached }: Goal) => [
  ...[figure, goal, measured],
  reached === undefined ? 'not measured' : reached ? 'yes' : '**no**',
];

/** All of RESULTS.md. */
export function resultsMarkdown({ command, date, machine }: Run, sections: readonly Section[]): string {
  const facts = [...machine, ...sections.flatMap(({ versions }) => versions)];
  const parts = sections.map(({ title, markdown }) => `## ${title}\n\n${markdown}\n`);
  return `# What the bench measured

Written by \`${command}\` on ${date.toISOString().slice(0, 10)}; the next run writes it anew. Times are those of this machine:
good for nothing but the ratios between what was measured in one run.

![A bar for each, in each figure](${CHART})

## Goals

${goalsTable(sections)}

## Machine

${markdownTable([['', ''], ...facts])}

${parts.join('\n')}`;
}
