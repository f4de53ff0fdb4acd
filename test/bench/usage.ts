/** What a process has cost so far, and what the machine has left, as Linux counts it. */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux counts CPU in ticks of 10 ms, on every machine that Node runs on. */
const TICK_MS = 10;

/** CPU time of a process since its start, user and system, in ms. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; the next field is the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) * TICK_MS;
}

/** Memory in use, and the most since {@link forgetPeak}, in MiB. */
export async function memoryMiB(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kiB = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { now: kiB('VmRSS') / 1024, peak: kiB('VmHWM') / 1024 };
}

export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** Which part of the CPU who had in a stretch of time, in cores. */
export interface Busy {
  readonly asterisk: number;
  /** The peer's process; 0 = it has none. */
  readonly own: number;
  /** SIPp, the bench itself, and whatever else runs on the machine. */
  readonly others: number;
  readonly idle: number;
}

/** Looks `from` ms from now, and again `to` ms from now. @throws what `signal` was aborted with */
export async function busyBetween(
  { from, to }: { readonly from: number; readonly to: number },
  pids: { readonly asterisk: number; readonly own: number | undefined },
  signal: AbortSignal | undefined,
): Promise<Busy> {
  const look = async () => ({
    ...(await machineMs()),
    asterisk: await cpuMs(pids.asterisk),
    own: pids.own ? await cpuMs(pids.own) : 0,
    at: performance.now(),
  });
  await delay(from, undefined, { signal });
  const before = await look();
  await delay(to - from, undefined, { signal });
  const after = await look();
  const cores = (name: keyof typeof after) => (after[name] - before[name]) / (after.at - before.at);
  const [asterisk, own] = [cores('asterisk'), cores('own')];
  return { asterisk, own, others: cores('busy') - asterisk - own, idle: cores('idle') };
}

/** CPU time of all cores together since the machine's start. */
async function machineMs(): Promise<{ busy: number; idle: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  // Guests' time, at the end, is in the users' already.
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { busy: (user + nice + system + irq + soft) * TICK_MS, idle: (idle + wait) * TICK_MS };
}
