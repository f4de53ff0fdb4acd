/** Tells why a recording ended that nobody stopped: Asterisk says "done" in all cases. */

/**
 * `gap`: nothing at all came from the caller's phone for a while (muted, on hold, no coverage), so that Asterisk gave
 * up. `early`: before that could be, and before the longest duration; most likely the disk is full.
 */
export type SelfEnd = 'longest duration' | 'gap' | 'early';

/** Asterisk ends a recording when it has got no audio at all for so long. */
export const GAP_SECONDS = 4;
const SLACK_SECONDS = 0.05;

/**
 * Why a recording ended by itself, by the clock alone: what Asterisk counted is no help. Where it is not certain, it
 * is a gap: then the recording goes on, and a disk that is full ends it at once.
 * @param elapsedSeconds how long it lasted by the clock
 * @param limitSeconds how long it was allowed to last; 0 = no limit
 */
export function selfEnd(elapsedSeconds: number, limitSeconds: number): SelfEnd {
  if (limitSeconds > 0 && elapsedSeconds + SLACK_SECONDS >= limitSeconds) return 'longest duration';
  return elapsedSeconds + SLACK_SECONDS >= GAP_SECONDS ? 'gap' : 'early';
}
