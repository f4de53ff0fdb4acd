/** Trying again, for the few operations that must happen whatever Asterisk's state of the moment. */
import { isGone } from '../ari/ari-error.ts';

/** Waits between the attempts: a hiccup is over after the first, an overload perhaps after the last. */
const PAUSES_MS = [100, 500, 2_000];
/** After all attempts have failed, they begin anew. */
const INSIST_PAUSE_MS = 5_000;
/** Where a caller is waiting. */
export const ONCE_MORE: readonly number[] = [100];

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
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

/** The same; what is gone has no answer, and is no error. */
export async function unlessGone<T>(
  operation: () => Promise<T>,
  pausesMs?: readonly number[],
): Promise<T | undefined> {
  try {
    return await retry(operation, pausesMs);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether `operation` finds what it asks for. */
export async function isThere(
  operation: () => Promise<void>,
  pausesMs?: readonly number[],
): Promise<boolean> {
  return (await unlessGone(() => operation().then(() => true), pausesMs)) ?? false;
}

/**
 * Runs `operation` until it succeeds, or its object is gone: nobody else would do it. Never rejects.
 * @param onFailure told of the error after each round of attempts; answers whether it is still to be done
 */
export async function insist(
  operation: () => Promise<void>,
  onFailure: (error: unknown) => boolean,
): Promise<void> {
  for (;;) {
    try {
      return await retry(operation);
    } catch (error) {
      if (isGone(error) || !onFailure(error)) return;
      await pause(INSIST_PAUSE_MS);
    }
  }
}
