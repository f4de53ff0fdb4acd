/** What a process has cost so far, as Linux counts it. */
import { readFile, writeFile } from 'node:fs/promises';

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
