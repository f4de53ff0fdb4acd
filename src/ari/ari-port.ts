/**
 * AriPort: all that the daemon asks of Asterisk, and all that it hears from it. The rest of the daemon
 * knows only this interface; `ari-client-port.ts` is the real one, the tests have a fake one.
 *
 * Every operation settles within a time limit and rejects with an AriError only.
 */

/** A channel as an event shows it. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  /** As ARI writes it, `2026-01-31T12:00:00.000+0000`. */
  readonly creationtime: string;
}

export interface Playback {
  readonly id: string;
  /** `channel:<id>` */
  readonly target_uri: string;
  readonly state: string;
}

export interface LiveRecordingInfo {
  readonly name: string;
  /** `channel:<id>` */
  readonly target_uri: string;
  readonly state: string;
  /** Whole seconds, pauses not counted; only when finished. */
  readonly duration?: number;
  readonly cause?: string;
}

/** The events that the daemon uses, as Asterisk sends them (fields that nobody reads left out). */
export type AriEvent =
  | { readonly type: 'StasisStart'; readonly channel: Channel; readonly args: readonly string[] }
  | {
      readonly type: 'StasisEnd' | 'ChannelHangupRequest' | 'ChannelDestroyed';
      readonly channel: Channel;
    }
  | { readonly type: 'ChannelDtmfReceived'; readonly channel: Channel; readonly digit: string }
  | { readonly type: 'PlaybackFinished'; readonly playback: Playback }
  | { readonly type: 'RecordingFinished' | 'RecordingFailed'; readonly recording: LiveRecordingInfo };

export interface RecordOptions {
  readonly name: string;
  readonly format: string;
  /** 0 = no limit */
  readonly maxDurationSeconds: number;
  /** 0 = off */
  readonly maxSilenceSeconds: number;
}

export interface AriPort {
  /** Answers the channel. `POST /channels/{id}/answer` */
  answer(channelId: string): Promise<void>;
  /** Hangs the channel up. `DELETE /channels/{id}` */
  hangup(channelId: string): Promise<void>;
  /** Plays `media` under an id of our choosing; PlaybackFinished follows. `POST /channels/{id}/play/{playbackId}` */
  play(channelId: string, playbackId: string, media: string): Promise<void>;
  /** Stops a playback; PlaybackFinished follows. `DELETE /playbacks/{id}` */
  stopPlayback(playbackId: string): Promise<void>;
  /**
   * Records what comes from the channel; RecordingFinished follows, whatever ends it. Without a beep: a
   * beep of the record operation's own swallows stop and cancel. `POST /channels/{id}/record`
   */
  record(channelId: string, options: RecordOptions): Promise<void>;
  /** Stops a live recording and stores it. `POST /recordings/live/{name}/stop` */
  stopRecording(name: string): Promise<void>;
  /** Stops a live recording and throws it away. `DELETE /recordings/live/{name}` */
  cancelRecording(name: string): Promise<void>;
  /** Resolves when a recording of this name is stored. `GET /recordings/stored/{name}` */
  getStoredRecording(name: string): Promise<void>;
  /** Deletes a stored recording. `DELETE /recordings/stored/{name}` */
  deleteStoredRecording(name: string): Promise<void>;
}
