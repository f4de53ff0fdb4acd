/** Trying again, for the few operations that must happen whatever Asterisk's state of the moment. */
import { isGone } from '../ari/ari-error.ts';

/** Waits between the attempts: a hiccup is over after the first, an overload perhaps after the last. */
const PAUSES_MS = [100, 500, 2_000];

/** Runs `operation` up to four times, until it succeeds or its object is gone. Rejects with the last error. */
export async function retry<T>(operation: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await operation();
    } catch (error) {
      if (isGone(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return operation();
}
