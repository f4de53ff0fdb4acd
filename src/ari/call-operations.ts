/**
 * The operations that every call does, most of them several times, the list of all recordings, and channels as they
 * are: asked of Asterisk straight. ari-client builds promises and objects with dozens of functions around each, and keeps the whole list.
 */
import { AriError } from './ari-error.ts';
import type { AriHttp } from './ari-http.ts';
import type { AriPort, StoredRecordingInfo } from './ari-port.ts';
import type { Abilities } from './abilities.ts';
import { assignAll, isPlain } from './assignments.ts';
import { getChannel } from './get-channel.ts';
import type { DialplanCall } from './dialplan-calls.ts';

/** Asterisk walks a whole tree of files for the list, of which a million fit. */
const LIST = { limitMs: 20_000, longestBytes: 128 * 1024 * 1024 };
/** Hours of silence; Asterisk sends some 30 MB a second. */
const FILE = { limitMs: 20_000, longestBytes: 256 * 1024 * 1024 };

type CallOperations = Pick<
  AriPort,
  | 'answer'
  | 'hangup'
  | 'play'
  | 'stopPlayback'
  | 'record'
  | 'stopRecording'
  | 'getStoredRecording'
  | 'getStoredRecordingFile'
  | 'listStoredRecordings'
  | 'setChannelVars'
  | 'getChannel'
  | 'updateMailbox'
>;

/** @param abilities what this Asterisk has, as of now */
export function callOperationsOf(http: AriHttp, abilities: () => Abilities): CallOperations {
  /** Where the answer says nothing that is not in its status. */
  const order = async (...request: Parameters<AriHttp['request']>) => {
    await http.request(...request);
  };
  return {
    answer: (channel) => order('POST', ['channels', channel, 'answer']),
    hangup: (channel) => order('DELETE', ['channels', channel]),
    play: (channel, playback, media) => order('POST', ['channels', channel, 'play', playback], { media }),
    stopPlayback: (playback) => order('DELETE', ['playbacks', playback]),
    record: (channel, { append = false, ...options }) =>
      order('POST', ['channels', channel, 'record'], {
        ...options,
        ifExists: append ? 'append' : 'fail',
        beep: 'false',
        terminateOn: 'none',
      }),
    stopRecording: (name) => order('POST', ['recordings', 'live', name, 'stop']),
    getStoredRecording: (name) => order('GET', ['recordings', 'stored', name]),
    listStoredRecordings: async () =>
      readList((await http.request('GET', ['recordings', 'stored'], {}, LIST)).data),
    getStoredRecordingFile: (name, read) =>
      order('GET', ['recordings', 'stored', name, 'file'], {}, { ...FILE, read }),
    setChannelVars: (channel, variables) => {
      const { variable, value } = assignAll(variables);
      if (!abilities().exports || !isPlain(channel))
        return order('POST', ['channels', channel, 'variable'], { variable, value });
      return order('POST', ['asterisk', 'variable'], { variable: `EXPORT(${channel},${variable})`, value });
    },
    getChannel: (channel) => getChannel(http, channel),
    updateMailbox: (mailbox, newMessages) =>
      order('PUT', ['mailboxes', mailbox], { newMessages, oldMessages: 0 }),
  };
}

/**
 * Begins a call into the dialplan. Under the name of our application, or Asterisk would not tell us of its end.
 */
export async function originate(http: AriHttp, app: string, call: DialplanCall): Promise<void> {
  const { channelId, endpoint, variables } = call;
  const body = JSON.stringify({ variables });
  await http.request('POST', ['channels', channelId], { endpoint, app, formats: 'slin' }, { body });
}

function readList(data: Buffer): StoredRecordingInfo[] {
  let list: unknown;
  try {
    list = JSON.parse(data.toString());
  } catch {
    // What JavaScript says of it shows a piece of it.
  }
  if (!Array.isArray(list)) throw new AriError('the list of recordings: unreadable answer');
  return list.filter(isStoredRecording).map(({ name, format }) => ({ name, format }));
}

function isStoredRecording(it: unknown): it is StoredRecordingInfo {
  const { name, format } = (it ?? {}) as Partial<Record<string, unknown>>;
  return typeof name === 'string' && typeof format === 'string';
}
