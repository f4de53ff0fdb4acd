/** Tells why a recording ended that nobody stopped: Asterisk says "done" in all cases. */
import type { Config } from '../config.ts';

/** `early`: none of the limits was reached; Asterisk gave up, most likely on a full disk. */
export type SelfEnd = 'longest duration' | 'silence' | 'no audio' | 'early';

const SLACK_SECONDS = 0.05;
/** Asterisk ends a recording when it has got no audio at all for so long. */
const NO_AUDIO_SECONDS = 4;

/**
 * Why a recording ended by itself, from the seconds by the clock that it does not have. Silence and a lack of
 * audio are such seconds; on a full disk there are no more than Asterisk had in its buffer (2 seconds of wav).
 * @param elapsedSeconds how long it lasted by the clock
 * @param recordedSeconds `duration` of RecordingFinished: whole seconds, the silence at the end left out
 * @param secondsBefore what was recorded before a pause
 */
export function selfEnd(
  elapsedSeconds: number,
  recordedSeconds: number,
  secondsBefore: number,
  { maxSeconds, maxSilenceSeconds }: Config,
): SelfEnd {
  const lacking = elapsedSeconds - recordedSeconds + SLACK_SECONDS;
  if (maxSilenceSeconds > 0 && lacking >= maxSilenceSeconds - 1) return 'silence';
  if (maxSeconds > 0 && elapsedSeconds + SLACK_SECONDS >= maxSeconds - secondsBefore)
    return 'longest duration';
  return lacking >= NO_AUDIO_SECONDS ? 'no audio' : 'early';
}
