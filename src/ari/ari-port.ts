/**
 * AriPort: all that the daemon asks of Asterisk, and all that it hears from it. The rest of the daemon
 * knows only this interface; `ari-rest.ts` has the real one, the tests have a fake one.
 *
 * Every operation settles within a time limit and rejects with an AriError only.
 */
import type { ReadPiece } from './http-body.ts';

export type { ReadPiece };

/** A channel as an event shows it. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  /** As ARI writes it, `2026-01-31T12:00:00.000+0000`. */
  readonly creationtime: string;
}

/** A channel as it is read, with the dialplan application that it is in: `Stasis`, and `vm-record,305`. */
export interface ChannelInDialplan extends Channel {
  readonly dialplan: { readonly app_name?: string; readonly app_data?: string };
}

export interface Playback {
  readonly id: string;
  /** `channel:<id>` or `bridge:<id>` */
  readonly target_uri: string;
  readonly state: string;
}

export interface LiveRecordingInfo {
  readonly name: string;
  /** `channel:<id>` or `bridge:<id>` */
  readonly target_uri: string;
  /** `recording` or `paused`, and others at its end. */
  readonly state: string;
  /** Whole seconds, pauses not counted; only when finished. */
  readonly duration?: number;
}

/** The events that the daemon uses, as Asterisk sends them (fields that nobody reads left out). */
export type AriEvent =
  | {
      readonly type: 'StasisStart';
      readonly channel: Channel;
      /** Of a channel that takes another's place there are none. */
      readonly args: readonly string[];
      /** The channel whose place it takes: a call was transferred. Of that one StasisEnd follows. */
      readonly replace_channel?: Pick<Channel, 'id'>;
    }
  | { readonly type: 'StasisEnd' | 'ChannelHangupRequest'; readonly channel: Channel }
  /** `cause` is that of ISDN: 26 if somebody has picked the call up on another channel. */
  | { readonly type: 'ChannelDestroyed'; readonly channel: Channel; readonly cause?: number }
  | { readonly type: 'ChannelDtmfReceived'; readonly channel: Channel; readonly digit: string }
  /** Somebody speaks, or has not for a while: only where the dialplan function TALK_DETECT is set. */
  | { readonly type: 'ChannelTalkingStarted' | 'ChannelTalkingFinished'; readonly channel: Channel }
  | { readonly type: 'PlaybackFinished'; readonly playback: Playback }
  | {
      readonly type: 'RecordingStarted' | 'RecordingFinished' | 'RecordingFailed';
      readonly recording: LiveRecordingInfo;
    };

export interface StoredRecordingInfo {
  readonly name: string;
  /** The file's extension. */
  readonly format: string;
}

/** A variable, or a dialplan function with its arguments, and what it is set to. */
export type Assignment = readonly [name: string, value: string];

export interface RecordOptions {
  readonly name: string;
  readonly format: string;
  /** 0 = no limit */
  readonly maxDurationSeconds: number;
  /** Goes on with a stored recording of this name; else the name must be new. */
  readonly append?: boolean;
}

/** A channel to an endpoint, which enters the application when it is answered. */
export interface DialledLeg {
  readonly channelId: string;
  /** As `PJSIP/305`. */
  readonly endpoint: string;
  readonly app: string;
  /** What StasisStart is to bring. */
  readonly appArgs: string;
  /** Whole seconds, at least 1. */
  readonly timeoutSeconds: number;
  /** The caller's channel id: its formats, name and number are the leg's. */
  readonly originator: string;
}

export interface AriPort {
  /** Answers the channel. `POST /channels/{id}/answer` */
  answer(channelId: string): Promise<void>;
  /** Hangs the channel up. `DELETE /channels/{id}` */
  hangup(channelId: string): Promise<void>;
  /** Plays `media` under an id of our choosing; PlaybackFinished follows. `POST /channels/{id}/play/{playbackId}` */
  play(channelId: string, playbackId: string, media: string): Promise<void>;
  /** Resolves while a playback of this id is queued or playing. `GET /playbacks/{id}` */
  getPlayback(playbackId: string): Promise<void>;
  /** Stops a playback; PlaybackFinished follows. `DELETE /playbacks/{id}` */
  stopPlayback(playbackId: string): Promise<void>;
  /**
   * Records what comes from the channel. RecordingStarted follows, and before it stop and cancel are swallowed;
   * then RecordingFinished, whatever ends it. Without a beep: it would swallow them as well. `POST /channels/{id}/record`
   */
  record(channelId: string, options: RecordOptions): Promise<void>;
  /** Stops a live recording and stores it. `POST /recordings/live/{name}/stop` */
  stopRecording(name: string): Promise<void>;
  /** Stops a live recording and throws it away. `DELETE /recordings/live/{name}` */
  cancelRecording(name: string): Promise<void>;
  /** Resolves when a recording of this name is stored, or is being made. `GET /recordings/stored/{name}` */
  getStoredRecording(name: string): Promise<void>;
  /**
   * Reads a stored recording's file, or as much of it as is wanted: it may be as long as the call. Asterisk takes no
   * part of it for an answer (`Range`), so the rest is broken off. `GET /recordings/stored/{name}/file`
   */
  getStoredRecordingFile(name: string, read: ReadPiece): Promise<void>;
  /** Deletes a stored recording. `DELETE /recordings/stored/{name}` */
  deleteStoredRecording(name: string): Promise<void>;
  /** Copies a stored recording; status 409 if the destination exists. `POST /recordings/stored/{name}/copy` */
  copyStoredRecording(name: string, destination: string): Promise<void>;
  /** All stored recordings, and those being made: Asterisk walks the whole tree. `GET /recordings/stored` */
  listStoredRecordings(): Promise<StoredRecordingInfo[]>;
  /** A recording that is being made; 404 if none of this name is. `GET /recordings/live/{name}` */
  getLiveRecording(name: string): Promise<LiveRecordingInfo>;
  /** Leaves out what comes, until it goes on; 409 before RecordingStarted. `POST /recordings/live/{name}/pause` */
  pauseRecording(name: string): Promise<void>;
  /** Also if it is not paused. `DELETE /recordings/live/{name}/pause` */
  unpauseRecording(name: string): Promise<void>;
  /** Records silence in place of what comes; 409 before RecordingStarted. `POST /recordings/live/{name}/mute` */
  muteRecording(name: string): Promise<void>;
  /** Also if it is not muted. `DELETE /recordings/live/{name}/mute` */
  unmuteRecording(name: string): Promise<void>;
  /**
   * Sets channel variables, or dialplan functions that can be set, in this order; also in the middle of a recording,
   * by the function EXPORT. Resolves even if there is no such channel. `POST /asterisk/variable`; where Asterisk lacks
   * EXPORT, `POST /channels/{id}/variable`, which waits until the channel does nothing else.
   */
  setChannelVars(channelId: string, variables: readonly Assignment[]): Promise<void>;
  /** Whether Asterisk can tell when somebody speaks: it has TALK_DETECT. */
  readonly hearsTalk: boolean;
  /** A channel variable; 404 if it is not set, or if there is no such channel. `GET /channels/{id}/variable` */
  getChannelVar(channelId: string, variable: string): Promise<string>;
  /** Also of a channel that Asterisk can't describe, as what it holds is not UTF-8. `GET /channels/{id}` */
  getChannel(channelId: string): Promise<ChannelInDialplan>;
  /** The ids of the channels of a Stasis application, and of those it only watches. `GET /applications/{name}` */
  getApplicationChannels(app: string): Promise<string[]>;
  /** The ids of the bridges of a Stasis application. `GET /applications/{name}` */
  getApplicationBridges(app: string): Promise<string[]>;
  /** Lets the caller of a channel that is not answered hear ringing. `POST /channels/{id}/ring` */
  ring(channelId: string): Promise<void>;
  /**
   * Calls an endpoint. StasisStart follows when it is answered, and ChannelDestroyed when it is not, or not any
   * more; both may come before the answer. 400 or 500 if there is no such endpoint. A phone that forwards
   * the call counts as one that refuses. `POST /channels/{id}`
   */
  originate(leg: DialledLeg): Promise<void>;
  /** A bridge in which all hear each other, and every key is told of; 409 if it is there. `POST /bridges/{id}` */
  createBridge(bridgeId: string): Promise<void>;
  /** All of these channels, or none of them: 400 or 422 if one is gone. `POST /bridges/{id}/addChannel` */
  addToBridge(bridgeId: string, channelIds: readonly string[]): Promise<void>;
  /** The ids of the channels in a bridge. `GET /bridges/{id}` */
  getBridgeChannels(bridgeId: string): Promise<string[]>;
  /** Its channels stay in Stasis; a recording of it ends, and is stored. `DELETE /bridges/{id}` */
  destroyBridge(bridgeId: string): Promise<void>;
  /** All in the bridge hear it, and its recording holds it. `POST /bridges/{id}/play/{playbackId}` */
  playOnBridge(bridgeId: string, playbackId: string, media: string): Promise<void>;
  /**
   * Records all who are in the bridge. RecordingStarted follows, then RecordingFinished, whatever ends it, at the
   * latest when the last channel leaves. `POST /bridges/{id}/record`
   */
  recordBridge(bridgeId: string, options: RecordOptions): Promise<void>;
  /** Lets the channel go on in the dialplan at the next priority. `POST /channels/{id}/continue` */
  continueInDialplan(channelId: string): Promise<void>;
  /** The names of the mailboxes that Asterisk has counts of; 404 if it has no /mailboxes. `GET /mailboxes` */
  listMailboxes(): Promise<string[]>;
  /** Sets the count of new messages, and that of old ones to 0. `PUT /mailboxes/{name}` */
  updateMailbox(name: string, newMessages: number): Promise<void>;
  /** A global variable; empty if it is not set. `GET /asterisk/variable` */
  getGlobalVar(variable: string): Promise<string>;
  /** Sets a global variable, until Asterisk is restarted. `POST /asterisk/variable` */
  setGlobalVar(variable: string, value: string): Promise<void>;
  /** When Asterisk was started, in epoch ms. `GET /asterisk/info` */
  getStartupTime(): Promise<number>;
  /** `Running`, if all is well; 404 if the module is not loaded. `GET /asterisk/modules/{name}` */
  getModuleStatus(module: string): Promise<string>;
  /**
   * Runs the dialplan of an extension, with these variables, on a channel of no caller. Resolves when it has
   * run to its Hangup(); 404 if it did not, or is not there. Only once connected. `POST /channels/{id}`
   */
  callDialplan(
    extension: string,
    context: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<void>;
}
