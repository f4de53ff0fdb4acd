/** The bench on a real Asterisk, as a section of the results: a fixed rate, and rising ones. */
import { sippVersion } from '../../asterisk/sandbox/sipp-run.ts';
import { BEEP, CPU, FIXED_RATE_FIGURES, OWN_CPU, RATE, REVIEW, RISING_FIGURES } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import type { Round } from './measure.ts';
import { type Held, rise, type Rising } from './rising.ts';
import { type BenchOptions, type FixedRate, fixedRate, type PeerResult, withBench } from './run.ts';
import { type Goal, goal, type Panel, type Section } from './section.ts';
import { type Figure, middle, ratioText, REFERENCE, table } from './table.ts';

export interface RealOptions {
  readonly fixed: FixedRate;
  /** None with 0 rounds. */
  readonly rising: Rising;
}

export interface RealResults {
  readonly asteriskVersion: string;
  readonly fixed: PeerResult<Round>[];
  readonly rising: PeerResult<Held>[];
}

const DAEMON = 'vm-record';
const APP_VOICEMAIL = 'app_voicemail';

/** Runs it all. Rejects only if nothing could be measured, or it was given up. */
export async function runReal({ fixed, rising }: RealOptions, options: BenchOptions): Promise<RealResults> {
  const results = await withBench(options, async (bench) => ({
    asteriskVersion: bench.asteriskVersion,
    fixed: await fixedRate(bench, fixed, options),
    rising: bench.peers.map(({ name }): PeerResult<Held> => ({ peer: name, rounds: [] })),
  }));
  for (let round = 1; round <= rising.rounds; round++) {
    const risen = await withBench(options, (bench) => rise(bench, round, rising, options));
    for (const { peer, rounds } of results.rising)
      rounds.push(...risen.filter((one) => one.peer === peer).flatMap((one) => one.rounds));
  }
  return results;
}

/** What it says in the results. */
export async function realSection(
  { fixed: { calls, rate, rounds }, rising }: RealOptions,
  results: RealResults,
): Promise<Section> {
  const parts = [
    `${calls} calls to each peer, ${rate} a second, in turn; rounds: ${rounds}. In each cell: the rounds' median, their spread,
and the ratio to the tutorial's way.`,
    table(FIXED_RATE_FIGURES, results.fixed),
  ];
  if (rising.rounds > 0) {
    const reasons = results.rising.map(({ peer, rounds }) => [
      peer,
      rounds.map(({ broken }) => broken ?? `nothing, up to ${rising.highest}`).join('; '),
    ]);
    parts.push(
      `Rising rates, from ${rising.first} a second, ${rising.seconds} s of new calls at each, in turn; rounds: ${rising.rounds}. A rate is held when no call
fails, each leaves its message, and the beep's p99 is at most 300 ms. A rate that is not held is tried once more. Then
halves, until what is held and what is not are within 10 %.`,
      table(RISING_FIGURES, results.rising),
      'What ended it, in each round:',
      markdownTable([['', ''], ...reasons]),
    );
  }
  return {
    title: 'On a real Asterisk, with callers over SIP and RTP',
    markdown: parts.join('\n\n'),
    goals: goals(results),
    panels: panels(results),
    versions: [
      ['Asterisk', results.asteriskVersion],
      ['SIPp', await sippVersion()],
    ],
  };
}

function goals({ fixed, rising }: RealResults): Goal[] {
  const ratio = <T>(figure: Figure<T>, all: readonly PeerResult<T>[], to: string) => {
    const [ours, theirs] = [DAEMON, to].map((peer) => middle(figure, all, peer));
    return ours !== undefined && theirs ? ours / theirs : undefined;
  };
  return [
    goal(
      "daemon CPU per call, against the tutorial's way",
      { atMost: 0.8 },
      ratio(OWN_CPU, fixed, REFERENCE),
    ),
    goal(
      'CPU per message with Asterisk, against app_voicemail',
      { atMost: 1 },
      ratio(CPU, fixed, APP_VOICEMAIL),
    ),
    goal("answer to beep, p99, against the tutorial's way", { atMost: 1 }, ratio(BEEP, fixed, REFERENCE)),
    goal("`#` to review, p99, against the tutorial's way", { atMost: 1 }, ratio(REVIEW, fixed, REFERENCE)),
    goal("highest rate held, against the tutorial's way", { atLeast: 1 }, ratio(RATE, rising, REFERENCE)),
  ];
}

function panels({ fixed, rising }: RealResults): Panel[] {
  const panel = <T>(figure: Figure<T>, all: readonly PeerResult<T>[]): Panel => ({
    title: figure.name,
    bars: all.flatMap(({ peer }) => {
      const value = middle(figure, all, peer);
      if (value === undefined) return [];
      const text = `${value.toFixed(figure.digits)}${ratioText(figure, all, peer)}`;
      return [{ label: peer, value, text, ours: peer === DAEMON }];
    }),
  });
  const risen = rising.some(({ rounds }) => rounds.length > 0);
  return [
    ...[OWN_CPU, CPU, BEEP, REVIEW].map((figure) => panel(figure, fixed)),
    ...(risen ? [panel(RATE, rising)] : []),
  ];
}
