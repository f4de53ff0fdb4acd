/** What the bench writes for people who did not run it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from 'prettier';
import { expect, onTestFinished, test } from 'vitest';
import { chart } from '../bench/chart.ts';
import { machine } from '../bench/machine.ts';
import { resultsMarkdown, writeResults } from '../bench/results.ts';
import { goal, type Section } from '../bench/section.ts';
import { table } from '../bench/table.ts';
import { busyBetween } from '../bench/usage.ts';

const SECTION: Section = {
  title: 'On paper',
  markdown: 'Nothing at all.',
  goals: [
    goal('CPU', { atMost: 0.8 }, 0.8),
    goal('rate', { atLeast: 1 }, 0.99),
    goal('memory', { atMost: 16 }, undefined, (value) => `${value} KiB`),
  ],
  panels: [
    {
      title: 'CPU, "quick" & <clean>',
      bars: [
        { label: 'vm-record', value: 2, text: '2.00 ×0.50', ours: true },
        { label: 'tutorial', value: 4, text: '4.00 ×1.00', ours: false },
        { label: 'none', value: 0, text: '0', ours: false },
      ],
    },
    { title: 'empty', bars: [] },
  ],
  versions: [['Asterisk', '1.2.3']],
};
const RUN = {
  command: 'npm run bench',
  date: new Date('2020-02-03T04:05:06Z'),
  machine: [['CPU', 'abacus']],
} as const;

/** Names of the elements in the order of their ends; throws where XML is not well-formed. */
function elements(xml: string): string[] {
  const [open, ended]: [string[], string[]] = [[], []];
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>/gi,
    (...match) => {
      const [, end, name, , empty] = match as unknown as string[];
      if (end && open.pop() !== name) throw new Error(`</${name}> ends another element`);
      if (!end && !empty) open.push(name ?? '');
      if (end || empty) ended.push(name ?? '');
      return '';
    },
  );
  if (open.length > 0 || /[<>]|&(?!(?:amp|lt|gt|quot);)/.test(rest))
    throw new Error(`not well-formed: ${rest}`);
  return ended;
}

test('a goal is reached up to its limit, and not beyond', () => {
  expect(SECTION.goals).toEqual([
    { figure: 'CPU', goal: 'at most 0.80', measured: '0.80', reached: true },
    { figure: 'rate', goal: 'at least 1.00', measured: '0.99', reached: false },
    { figure: 'memory', goal: 'at most 16 KiB', measured: '-', reached: undefined },
  ]);
});

test('the results hold the goals of all sections, the machine, the command and the day, as Prettier wants it', async () => {
  const text = resultsMarkdown(RUN, [SECTION, { ...SECTION, title: 'On more paper', versions: [] }]);
  expect(text).toContain('`npm run bench` on 2020-02-03');
  expect(text.match(/^\| CPU +\| at most 0.80 +\| 0.80 +\| yes +\|$/gm)).toHaveLength(2);
  expect(text.match(/^\| rate +\| at least 1.00 +\| 0.99 +\| \*\*no\*\* +\|$/gm)).toHaveLength(2);
  expect(text.match(/^\| memory +\| at most 16 KiB +\| - +\| not measured +\|$/gm)).toHaveLength(2);
  expect(text).toMatch(/^\| CPU +\| abacus +\|$/m);
  expect(text).toMatch(/^\| Asterisk +\| 1.2.3 +\|$/m);
  expect(text).toContain('## On paper\n\nNothing at all.\n\n## On more paper\n\nNothing at all.\n');
  expect(await check(text, { parser: 'markdown', printWidth: 110 })).toBe(true);
});

test('the chart is well-formed, and its bars are as long as their values', () => {
  const svg = chart(SECTION.panels, 'less < more');
  expect(elements(svg).at(-1)).toBe('svg');
  expect(svg).toContain('>less &lt; more</text>');
  expect(svg).toContain('>CPU, &quot;quick&quot; &amp; &lt;clean&gt;</text>');
  for (const text of ['2.00 ×0.50', '4.00 ×1.00']) expect(svg).toContain(`>${text}</text>`);
  const widths = [...svg.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths).toHaveLength(3);
  expect(widths[1]).toBe(2 * (widths[0] ?? 0));
  expect(widths[2]).toBe(0);
  // As long as there is room in a column of 350, beside the label and the text.
  expect(widths[1]).toBeGreaterThan(100);
  expect(widths[1]).toBeLessThan(150);
});

test('both files are written, and name no folder of the machine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-results-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeResults(folder, { ...RUN, machine: machine() }, [SECTION]);
  const [text, svg] = await Promise.all(
    ['RESULTS.md', 'results.svg'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  expect(text).toContain('](results.svg)');
  expect(elements(svg ?? '').at(-1)).toBe('svg');
  for (const name of ['vm-record', 'Node', 'ari-client', 'kernel', 'memory'])
    expect(text).toMatch(new RegExp(`^\\| ${name} +\\| \\S`, 'm'));
  expect(text).not.toMatch(/(^|\s)\/\w/m);
});

test('a cell has the median of the rounds, their spread, and the ratio to the tutorial', () => {
  const figure = { name: 'figure', of: (value: number) => value, digits: 1, ratio: true };
  const results = [
    { peer: 'vm-record', rounds: [3, 1, 2] },
    { peer: 'tutorial', rounds: [4] },
    { peer: 'nobody', rounds: [] },
  ];
  expect(table([figure], results).split('\n').at(-1)).toBe(
    '| figure | 2.0 (1.0-3.0) ×0.50 | 4.0 ×1.00 | -      |',
  );
});

test('who has the CPU in a stretch of time is seen', async () => {
  const spin = setInterval(() => {
    for (const end = performance.now() + 20; performance.now() < end;);
  });
  onTestFinished(() => clearInterval(spin));
  const busy = await busyBetween(
    { from: 100, to: 600 },
    { asterisk: process.pid, own: undefined },
    undefined,
  );
  expect(busy.asterisk).toBeGreaterThan(0.1);
  expect(busy.own).toBe(0);
  expect(busy.idle).toBeGreaterThanOrEqual(0);
});
