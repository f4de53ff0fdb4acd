/** What is not done several times in every call (call-operations.ts), as ari-client does it. */
import type ari from 'ari-client';
import { AriError } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';

/**
 * These operations of the port.
 * @param client throws as long as there is none
 */
export function clientOperationsOf(client: () => ari.Client) {
  return withAriErrors({
    getPlayback: async (playbackId) => {
      await client().playbacks.get({ playbackId });
    },
    cancelRecording: async (recordingName) => client().recordings.cancel({ recordingName }),
    getStoredRecordingFile: async (recordingName) => client().recordings.getStoredFile({ recordingName }),
    deleteStoredRecording: async (recordingName) => client().recordings.deleteStored({ recordingName }),
    copyStoredRecording: async (recordingName, destinationRecordingName) => {
      await client().recordings.copyStored({ recordingName, destinationRecordingName });
    },
    getLiveRecording: async (recordingName) => {
      await client().recordings.getLive({ recordingName });
    },
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
    getGlobalVar: async (variable) => (await client().asterisk.getGlobalVar({ variable })).value,
    setGlobalVar: async (variable, value) => client().asterisk.setGlobalVar({ variable, value }),
    getStartupTime: async () => {
      const { status } = await client().asterisk.getInfo({ only: 'status' });
      return Date.parse(String(status?.startup_time));
    },
    getModuleStatus: async (moduleName) => (await client().asterisk.getModule({ moduleName })).status,
  });
}

/** Of an answer that has not the shape of one, JavaScript complains in words of its own. */
function withAriErrors<T extends Partial<AriPort>>(port: T): T {
  const operations = Object.entries(port) as [string, (...args: unknown[]) => Promise<unknown>][];
  const careful = operations.map(([name, operation]) => [
    name,
    (...args: unknown[]) =>
      operation(...args).catch((error: unknown) => {
        throw error instanceof AriError ? error : new AriError(`${name}: unreadable answer`);
      }),
  ]);
  return Object.fromEntries(careful) as T;
}
