/** What is measured of one daemon: of its calls in progress, or of the messages that it has read. */
import type { Rig, Start } from './rig.ts';

/** How much makes a figure. */
export interface Amounts {
  readonly events: number;
  readonly calls: number;
  readonly keys: number;
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

/** A second, and less than half of what the daemon could take, so that it works as on any day. */
const EVENT_RATE = 10_000;
const CALL_RATE = 100;
/** The daemon asks for all messages once more after some seconds, which costs nothing if there are few. */
const listsOf = (messages: number) => (messages > 1_000 ? 2 : 1);

/** Begins the calls, after others that make everything ready, and says what each takes of the memory. */
export async function beginCalls(rig: Rig, result: InProgress, { events, calls }: Amounts): Promise<void> {
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

export async function measureInProgress(rig: Rig, result: InProgress, amounts: Amounts): Promise<void> {
  const { events, calls, keys } = amounts;
  const cpu = await rig.cpuOf(() => rig.server.ask('keys', events, EVENT_RATE));
  result.eventCpu.push(cpu / events);
  result.callCpu.push(await rig.callCpu(calls, CALL_RATE));
  result.latency.push(await rig.server.ask('latencies', keys));
}

/** Waits until the daemon has told all lamps and read everything, and some calls are over; says what memory that takes. */
export async function readMessages(rig: Rig, result: Stored, { calls }: Amounts): Promise<void> {
  result.starts.push(rig.start);
  await rig.server.ask('quiet', listsOf(result.messages));
  await rig.callCpu(calls, CALL_RATE);
  const { used, resident } = await rig.memory();
  result.usedMiB.push(used / 1024 / 1024);
  result.residentMiB.push(resident / 1024 / 1024);
}

export async function measureStored(rig: Rig, result: Stored, { calls }: Amounts): Promise<void> {
  result.callCpu.push(await rig.callCpu(calls, CALL_RATE));
}
