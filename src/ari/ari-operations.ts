/** The real AriPort: all operations, as ari-client does them. The only file that knows ari-client's operations. */
import type ari from 'ari-client';
import { AriError } from './ari-error.ts';
import type { AriPort, StoredRecordingInfo } from './ari-port.ts';
import type { DialplanCalls } from './dialplan-calls.ts';

/**
 * All operations of the port.
 * @param client throws as long as there is none
 */
export function operationsOf(client: () => ari.Client, dialplanCalls: DialplanCalls): AriPort {
  return withAriErrors({
    answer: async (channelId) => client().channels.answer({ channelId }),
    hangup: async (channelId) => client().channels.hangup({ channelId }),
    play: async (channelId, playbackId, media) => {
      await client().channels.playWithId({ channelId, playbackId, media });
    },
    getPlayback: async (playbackId) => {
      await client().playbacks.get({ playbackId });
    },
    stopPlayback: async (playbackId) => client().playbacks.stop({ playbackId }),
    record: async (channelId, { append = false, ...options }) => {
      const ifExists = append ? 'append' : 'fail';
      await client().channels.record({ channelId, ...options, ifExists, beep: false, terminateOn: 'none' });
    },
    stopRecording: async (recordingName) => client().recordings.stop({ recordingName }),
    cancelRecording: async (recordingName) => client().recordings.cancel({ recordingName }),
    getStoredRecording: async (recordingName) => {
      await client().recordings.getStored({ recordingName });
    },
    getStoredRecordingFile: async (recordingName) => client().recordings.getStoredFile({ recordingName }),
    deleteStoredRecording: async (recordingName) => client().recordings.deleteStored({ recordingName }),
    copyStoredRecording: async (recordingName, destinationRecordingName) => {
      await client().recordings.copyStored({ recordingName, destinationRecordingName });
    },
    listStoredRecordings: async () =>
      (await client().recordings.listStored())
        .filter(isStoredRecording)
        .map(({ name, format }) => ({ name, format })),
    getLiveRecording: async (recordingName) => {
      await client().recordings.getLive({ recordingName });
    },
    setChannelVar: async (channelId, variable, value) =>
      client().channels.setChannelVar({ channelId, variable, value }),
    getChannelVar: async (channelId, variable) =>
      (await client().channels.getChannelVar({ channelId, variable })).value,
    getChannel: async (channelId) => {
      const { id, name, creationtime, dialplan } = await client().channels.get({ channelId });
      const { app_name, app_data } = dialplan;
      return { id, name, creationtime, dialplan: { app_name, app_data } };
    },
    getApplicationChannels: async (applicationName) =>
      [(await client().applications.get({ applicationName })).channel_ids].flat(),
    continueInDialplan: async (channelId) => client().channels.continueInDialplan({ channelId }),
    // Described by every Asterisk's API documents, and so known to ari-client, whether the module is there or not.
    listMailboxes: async () => (await client().mailboxes.list()).map(({ name }) => name),
    updateMailbox: async (mailboxName, newMessages) =>
      client().mailboxes.update({ mailboxName, newMessages, oldMessages: 0 }),
    getGlobalVar: async (variable) => (await client().asterisk.getGlobalVar({ variable })).value,
    setGlobalVar: async (variable, value) => client().asterisk.setGlobalVar({ variable, value }),
    getStartupTime: async () => {
      const { status } = await client().asterisk.getInfo({ only: 'status' });
      return Date.parse(String(status?.startup_time));
    },
    getModuleStatus: async (moduleName) => (await client().asterisk.getModule({ moduleName })).status,
    callDialplan: async (extension, context, variables) => dialplanCalls.call(extension, context, variables),
  });
}

function isStoredRecording(it: unknown): it is StoredRecordingInfo {
  const { name, format } = (it ?? {}) as Partial<Record<string, unknown>>;
  return typeof name === 'string' && typeof format === 'string';
}

/** Of an answer that has not the shape of one, JavaScript complains in words of its own. */
function withAriErrors(port: AriPort): AriPort {
  const operations = Object.entries(port) as [string, (...args: unknown[]) => Promise<unknown>][];
  const careful = operations.map(([name, operation]) => [
    name,
    (...args: unknown[]) =>
      operation(...args).catch((error: unknown) => {
        throw error instanceof AriError ? error : new AriError(`${name}: unreadable answer`);
      }),
  ]);
  return Object.fromEntries(careful) as AriPort;
}
