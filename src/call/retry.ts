/** Trying again, for the few operations that must happen whatever Asterisk's state of the moment; and waiting. */
import { isGone } from '../ari/ari-error.ts';

/** Waits between the attempts: a hiccup is over after the first, an overload perhaps after the last. */
const PAUSES_MS = [100, 500, 2_000];
/** Where a caller is waiting. */
export const ONCE_MORE: readonly number[] = [100];

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when `happening` does, or after `limitMs`; rejects if it rejects before that. */
export async function within(limitMs: number, happening: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([happening, limit]).finally(() => clearTimeout(timer));
}

/**
 * Runs `operation` until it succeeds, or its object is gone, or has failed once more than there are pauses.
 * Rejects with the last error.
 */
export async function retry<T>(
  operation: () => Promise<T>,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await operation();
    } catch (error) {
      if (isGone(error)) throw error;
      await pause(pauseMs);
    }
  }
  return operation();
}
