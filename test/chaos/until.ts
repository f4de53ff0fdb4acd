/** Waits for what no event tells. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/** Resolves with whether `met`, asked every `pollMs`, came true within `limitMs`. */
export async function until(
  met: () => boolean | Promise<boolean>,
  limitMs: number,
  pollMs = POLL_MS,
): Promise<boolean> {
  for (const limit = Date.now() + limitMs; Date.now() < limit; await delay(pollMs)) {
    if (await met()) return true;
  }
  return met();
}
