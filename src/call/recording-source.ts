/** What can be recorded: a channel, which is what comes from the caller; or a bridge, which is all who are in it. */
import type { LiveRecordingInfo, RecordOptions } from '../ari/ari-port.ts';

export interface RecordingSource {
  /** Whether it is gone: then nothing is obeyed any more, and its recording ends by itself. */
  readonly hungUp: boolean;
  record(options: RecordOptions): Promise<void>;
  /** Stops a live recording and stores it. */
  stopRecording(name: string): Promise<void>;
  /** Stops a live recording and throws it away. */
  cancelRecording(name: string): Promise<void>;
  /** A recording that is being made. */
  getLiveRecording(name: string): Promise<LiveRecordingInfo>;
}
