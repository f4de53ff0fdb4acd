/** Virtual time: timers fire as soon as there is nothing else to do, so that whole calls take milliseconds. */
import { afterEach, beforeEach, vi } from 'vitest';

/**
 * For every test of the file, or of the describe() that it is called in.
 * @param startMs what the clock says at the beginning, in epoch ms; by default the real time
 */
export function useVirtualTime(startMs?: number): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.setTimerTickMode('nextTimerAsync');
    if (startMs !== undefined) vi.setSystemTime(startMs);
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}
