/** The bench on the fake Asterisk, as a section of the results: a column for each size, ratios to the smallest. */
import { percentile } from '../percentile.ts';
import type { PeerResult } from '../run.ts';
import { goal, type Section } from '../section.ts';
import { type Figure, middle, table } from '../table.ts';
import type { InProgress, Stored } from './measures.ts';
import type { FakeBenchResult } from './run.ts';

/** A value of one figure, by the figure's key. */
type Value = Readonly<Record<string, number>>;

const figure = (key: string, name: string, digits: number, ratio: boolean): Figure<Value> => ({
  ...{ name, digits, ratio },
  of: (value) => value[key],
});

const EVENT_CPU = figure('eventCpu', 'CPU per event, µs', 2, true);
const USED_KIB = figure('usedKiB', 'memory per call, KiB', 1, false);
const IN_PROGRESS = [
  EVENT_CPU,
  figure('callCpu', 'CPU per whole call, ms', 3, true),
  figure('p50', 'key to request, p50, ms', 2, true),
  figure('p99', 'key to request, p99, ms', 2, true),
  USED_KIB,
  figure('residentKiB', 'resident memory per call, KiB', 1, false),
];

const READY = figure('sinceAnswer', "ready after Asterisk's first answer, s", 2, false);
const ACCEPTING = figure('callCpu', 'CPU per accepted message, ms', 3, true);
const STORED = [
  READY,
  figure('sinceList', 'ready after the list, s', 2, false),
  ACCEPTING,
  figure('usedMiB', 'memory, MiB', 1, false),
  figure('residentMiB', 'resident memory, MiB', 1, false),
];

/** Of fewer calls, what else has changed meanwhile is more than what they take. */
const LEAST_FOR_MEMORY = 1_000;

/** What it says in the results. */
export function fakeSection(rounds: number, result: FakeBenchResult): Section {
  const inProgress = result.inProgress.map(inProgressColumn);
  const stored = result.stored.map(storedColumn);
  const [fewest, most] = [inProgress[0]?.peer ?? '', inProgress.at(-1)?.peer ?? ''];
  const [least, largest] = [stored[0]?.peer ?? '', stored.at(-1)?.peer ?? ''];
  const markdown = [
    `With so many calls in progress, and with so many messages stored; rounds: ${rounds}. In each cell: the median, the spread, and
the ratio to the smallest size.`,
    table(IN_PROGRESS, inProgress, fewest),
    table(STORED, stored, least),
  ];
  const ratio = (of: Figure<Value>, columns: readonly PeerResult<Value>[], big: string, small: string) => {
    const [value, base] = [big, small].map((peer) => middle(of, columns, peer));
    return value !== undefined && base ? value / base : undefined;
  };
  return {
    title: 'On a fake Asterisk, where a real one would be the limit',
    markdown: markdown.join('\n\n'),
    goals: [
      goal(
        `CPU per event, ${most} against ${fewest}`,
        { atMost: 1.2 },
        ratio(EVENT_CPU, inProgress, most, fewest),
      ),
      goal(
        'memory per call in progress',
        { atMost: 16 },
        middle(USED_KIB, inProgress, most),
        (kib) => `${kib.toFixed(1)} KiB`,
      ),
      goal(
        `ready with ${largest}`,
        { atMost: 3 },
        middle(READY, stored, largest),
        (s) => `${s.toFixed(2)} s`,
      ),
      goal(
        `accepting a message, ${largest} against ${least}`,
        { atMost: 1.1 },
        ratio(ACCEPTING, stored, largest, least),
      ),
    ],
    panels: [],
    versions: [],
  };
}

function values(key: string, all: readonly (number | undefined)[]): Value[] {
  return all.flatMap((value) => (value === undefined ? [] : [{ [key]: value }]));
}

function inProgressColumn(result: InProgress): PeerResult<Value> {
  const ofMany = (all: readonly number[]) => (result.calls < LEAST_FOR_MEMORY ? [] : all);
  const percentiles = (percent: number) => result.latency.map((keys) => percentile(keys, percent));
  const rounds = [
    ...values('eventCpu', result.eventCpu),
    ...values('callCpu', result.callCpu),
    ...values('p50', percentiles(50)),
    ...values('p99', percentiles(99)),
    ...values('usedKiB', ofMany(result.usedKiB)),
    ...values('residentKiB', ofMany(result.residentKiB)),
  ];
  return { peer: `${result.calls} calls`, rounds };
}

function storedColumn(result: Stored): PeerResult<Value> {
  const rounds = [
    ...values(
      'sinceAnswer',
      result.starts.map(({ sinceAnswer }) => sinceAnswer / 1000),
    ),
    ...values(
      'sinceList',
      result.starts.map(({ sinceList }) => sinceList / 1000),
    ),
    ...values('callCpu', result.callCpu),
    ...values('usedMiB', result.usedMiB),
    ...values('residentMiB', result.residentMiB),
  ];
  return { peer: `${result.messages} messages`, rounds };
}
