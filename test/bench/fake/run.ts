/**
 * What is measured on a fake Asterisk, where a real one would be the limit: what thousands of calls in progress, and
 * a hundred thousand messages, make the daemon cost. Each size has a daemon of its own; they are measured in turn.
 */
import { Rig, type Start } from './rig.ts';

export interface FakeBenchOptions {
  /** Calls in progress, of each daemon. */
  readonly inProgress: readonly number[];
  /** Messages that are stored, of each other daemon. */
  readonly stored: readonly number[];
  /** New daemons each time. */
  readonly rounds: number;
  /** Measurements of each daemon of a round. */
  readonly turns: number;
  /** So many make a figure. */
  readonly events: number;
  readonly calls: number;
  readonly keys: number;
  readonly onProgress: (line: string) => void;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

export interface InProgress {
  readonly calls: number;
  /** In microseconds. */
  readonly eventCpu: number[];
  /** In ms, of each whole call meanwhile. */
  readonly callCpu: number[];
  /** From a key to the request that it leads to, in ms, of each turn. */
  readonly latency: number[][];
  /** What each call takes of the heap and beside it, in KiB. */
  readonly usedKiB: number[];
  readonly residentKiB: number[];
}

export interface Stored {
  readonly messages: number;
  readonly starts: Start[];
  readonly usedMiB: number[];
  readonly residentMiB: number[];
  /** In ms, of each whole call. */
  readonly callCpu: number[];
}

export interface FakeBenchResult {
  readonly inProgress: readonly InProgress[];
  readonly stored: readonly Stored[];
}

/** A second, and less than half of what the daemon could take, so that it works as on any day. */
const EVENT_RATE = 10_000;
const CALL_RATE = 100;
/** The daemon asks for all messages once more after some seconds, which costs nothing if there are few. */
const listsOf = (messages: number) => (messages > 1_000 ? 2 : 1);

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

type Step<T> = (rig: Rig, result: T, options: FakeBenchOptions) => Promise<void>;

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

/** Begins the calls, after others that make everything ready, and says what each takes of the memory. */
async function beginCalls(rig: Rig, result: InProgress, { events, calls }: FakeBenchOptions): Promise<void> {
  await rig.callCpu(calls, CALL_RATE);
  await rig.server.ask('quiet', 1);
  const before = await rig.memory();
  await rig.server.ask('begin', result.calls);
  await rig.server.ask('quiet', 1);
  const after = await rig.memory();
  result.usedKiB.push((after.used - before.used) / result.calls / 1024);
  result.residentKiB.push((after.resident - before.resident) / result.calls / 1024);
  await rig.server.ask('keys', events, EVENT_RATE);
}

async function measureInProgress(rig: Rig, result: InProgress, options: FakeBenchOptions): Promise<void> {
  const { events, calls, keys } = options;
  const cpu = await rig.cpuOf(() => rig.server.ask('keys', events, EVENT_RATE));
  result.eventCpu.push(cpu / events);
  result.callCpu.push(await rig.callCpu(calls, CALL_RATE));
  result.latency.push(await rig.server.ask('latencies', keys));
}

/** Waits until the daemon has told all lamps and read everything, and says what that has taken. */
async function readMessages(rig: Rig, result: Stored, { calls }: FakeBenchOptions): Promise<void> {
  result.starts.push(rig.start);
  await rig.server.ask('quiet', listsOf(result.messages));
  const { used, resident } = await rig.memory();
  result.usedMiB.push(used / 1024 / 1024);
  result.residentMiB.push(resident / 1024 / 1024);
  await rig.callCpu(calls, CALL_RATE);
}

async function measureStored(rig: Rig, result: Stored, { calls }: FakeBenchOptions): Promise<void> {
  result.callCpu.push(await rig.callCpu(calls, CALL_RATE));
}
