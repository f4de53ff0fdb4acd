/** The ears' own process, see ears.ts: opens as many as it is told, and says what each heard when it is asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Ear } from './ear.ts';
import type { EarsAnswer, EarsOrder } from './ears.ts';

const DELAY_RESOLUTION_MS = 10;

const ears: Ear[] = [];
const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
const answer = (what: EarsAnswer) => process.send?.(what);

async function obey(order: EarsOrder): Promise<void> {
  if ('open' in order) {
    while (ears.length < order.open) ears.push(await Ear.open());
    answer({ ports: ears.map(({ port }) => port) });
    delays.enable();
  } else {
    delays.disable();
    const heard = ears.map(({ firstSound, begins }) => ({ firstSound, begins }));
    answer({ heard, late: Math.max(0, delays.max / 1e6 - DELAY_RESOLUTION_MS) });
  }
}

process.on('message', (order: EarsOrder) => void obey(order));
// Whoever wanted to know has gone.
process.on('disconnect', () => process.exit());
