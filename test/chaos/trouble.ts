/** Makes what goes wrong with the connection and with the daemon happen, one after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LineFault } from './faults.ts';
import type { Journal } from './journal.ts';
import type { ChaosProxy } from './proxy.ts';
import type { Supervisor } from './supervisor.ts';
import { until } from './until.ts';

/** The daemon tries again for ever, at the latest every 30 s. */
const CONNECT_MS = 60_000;
/** A dead connection is found out by then, and tried again. */
const NOTICE_MS = 30_000;

/** Those that last as long as they are told to. */
const TAKING_TIME: readonly string[] = ['outage', 'stall', 'kill'];

export interface TroubleMakers {
  readonly proxy: ChaosProxy;
  readonly supervisor: Supervisor;
  readonly journal: Journal;
  /** Then nothing is waited for. */
  readonly givenUp: AbortSignal | undefined;
}

/** Goes on until `signal`; resolves when the last fault is over, which is when the daemon is connected again. */
export async function makeTrouble(
  faults: Iterable<LineFault>,
  makers: TroubleMakers,
  signal: AbortSignal,
): Promise<void> {
  for (const fault of faults) {
    await delay(fault.pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const over = makers.journal.begin(fault.kind, TAKING_TIME.includes(fault.kind) ? `${fault.ms} ms` : '');
    await happen(fault, makers).catch((error: unknown) => makers.supervisor.problems.push(String(error)));
    over();
  }
}

async function happen({ kind, ms }: LineFault, makers: TroubleMakers): Promise<void> {
  const { proxy, supervisor, givenUp } = makers;
  const { connects } = supervisor;
  const connected = (limitMs: number) =>
    until(() => supervisor.connects > connects || givenUp?.aborted === true, limitMs);
  const expectConnected = async () => {
    if (await connected(CONNECT_MS)) return;
    supervisor.problems.push(`not connected again within ${CONNECT_MS / 1000} s after ${kind}`);
  };
  switch (kind) {
    case 'cut':
      proxy.cutEvents();
      return expectConnected();
    case 'outage':
      proxy.refuse();
      await delay(ms);
      proxy.accept();
      return expectConnected();
    case 'half-open':
      proxy.freezeEvents();
      if (await connected(NOTICE_MS)) return;
      supervisor.problems.push(`a dead connection was not noticed within ${NOTICE_MS / 1000} s`);
      proxy.cutEvents();
      return expectConnected();
    case 'stall':
      proxy.stallEvents(ms);
      return delay(ms);
    case 'kill':
      return supervisor.kill(ms);
    case 'successor':
      return supervisor.succeed();
  }
}
