/** Tells a recording that Asterisk had to give up (a full disk) from one that ended as it should. */
import type { Config } from '../config.ts';

/** Asterisk says "done" in all cases, and counts in whole seconds. */
const SLACK_SECONDS = 0.05;
/** Asterisk ends a recording when it has got no audio at all for so long. */
const NO_AUDIO_SECONDS = 4;

/**
 * Whether a recording that nobody stopped ended before its longest duration, and without the silence, or the
 * lack of audio, that would have ended it: those are seconds by the clock that the recording does not have.
 * On a full disk it lacks no more than what Asterisk had in its buffer, measured: 2 seconds of wav.
 * @param elapsedSeconds how long it lasted by the clock
 * @param recordedSeconds how much was recorded, in whole seconds, the silence at its end left out
 * @param secondsBefore what was recorded before a pause
 */
export function endedEarly(
  elapsedSeconds: number,
  recordedSeconds: number,
  secondsBefore: number,
  { maxSeconds, maxSilenceSeconds }: Config,
): boolean {
  if (maxSeconds > 0 && elapsedSeconds >= maxSeconds - secondsBefore - SLACK_SECONDS) return false;
  // Of a silence, Asterisk leaves out whole seconds, rounded down.
  const natural =
    maxSilenceSeconds > 0 ? Math.min(maxSilenceSeconds - 1, NO_AUDIO_SECONDS) : NO_AUDIO_SECONDS;
  return elapsedSeconds - recordedSeconds < natural - SLACK_SECONDS;
}
