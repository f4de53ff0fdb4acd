/**
 * What is measured on a fake Asterisk, where a real one would be the limit: what thousands of calls in progress, and
 * a hundred thousand messages, make the daemon cost. Each size has a daemon of its own; they are measured in turn.
 */
import {
  type Amounts,
  beginCalls,
  type InProgress,
  measureInProgress,
  measureStored,
  readMessages,
  type Stored,
} from './measures.ts';
import { Rig } from './rig.ts';

export interface FakeBenchOptions extends Amounts {
  /** Calls in progress, of each daemon. */
  readonly inProgress: readonly number[];
  /** Messages that are stored, of each other daemon. */
  readonly stored: readonly number[];
  /** New daemons each time. */
  readonly rounds: number;
  /** Measurements of each daemon of a round. */
  readonly turns: number;
  readonly onProgress: (line: string) => void;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

export interface FakeBenchResult {
  readonly inProgress: readonly InProgress[];
  readonly stored: readonly Stored[];
}

/** Runs it all. @throws Error if something went wrong that makes the figures worthless, or it was given up */
export async function runFakeBench(options: FakeBenchOptions): Promise<FakeBenchResult> {
  const inProgress = options.inProgress.map((calls): InProgress => ({
    ...{ calls, eventCpu: [], callCpu: [], latency: [], usedKiB: [], residentKiB: [] },
  }));
  const stored = options.stored.map((messages): Stored => ({
    messages,
    starts: [],
    usedMiB: [],
    residentMiB: [],
    callCpu: [],
  }));
  for (let round = 1; round <= options.rounds; round++) {
    options.onProgress(`Fake Asterisk, round ${round} of ${options.rounds}: calls in progress`);
    await inTurn(inProgress, options, () => Rig.start(0), beginCalls, measureInProgress);
    options.onProgress(`Fake Asterisk, round ${round} of ${options.rounds}: stored messages`);
    await inTurn(stored, options, ({ messages }) => Rig.start(messages), readMessages, measureStored);
  }
  return { inProgress, stored };
}

type Step<T> = (rig: Rig, result: T, amounts: Amounts) => Promise<void>;

async function inTurn<T>(
  results: readonly T[],
  options: FakeBenchOptions,
  start: (result: T) => Promise<Rig>,
  prepare: Step<T>,
  measure: Step<T>,
): Promise<void> {
  const rigs = new Map<T, Rig>();
  const each = async (step: Step<T>) => {
    for (const [result, rig] of rigs) {
      options.signal?.throwIfAborted();
      await step(rig, result, options);
      rig.check();
    }
  };
  const stop = () => Promise.all([...rigs.values()].map((rig) => rig[Symbol.asyncDispose]()));
  const giveUp = () => void stop();
  // Whatever is waited for then fails.
  options.signal?.addEventListener('abort', giveUp);
  try {
    for (const result of results) rigs.set(result, await start(result));
    await each(prepare);
    for (let turn = 0; turn < options.turns; turn++) await each(measure);
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
    await stop();
  }
}
