/** What is not done several times in every call (call-operations.ts), as ari-client does it. */
import type ari from 'ari-client';
import { AriError } from './ari-error.ts';
import type { AriPort } from './ari-port.ts';

/**
 * The context to which a telephone that answers "302, moved" is sent: there is none of this name, so the phone counts as
 * one that refuses. Else it could be sent to the very extension that rings it, and be rung for ever.
 */
const NO_FORWARDING = 'vm-no-forwarding';

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
    deleteStoredRecording: async (recordingName) => client().recordings.deleteStored({ recordingName }),
    copyStoredRecording: async (recordingName, destinationRecordingName) => {
      await client().recordings.copyStored({ recordingName, destinationRecordingName });
    },
    getLiveRecording: async (recordingName) => {
      const { name, target_uri, state } = await client().recordings.getLive({ recordingName });
      return { name, target_uri, state };
    },
    pauseRecording: async (recordingName) => client().recordings.pause({ recordingName }),
    unpauseRecording: async (recordingName) => client().recordings.unpause({ recordingName }),
    muteRecording: async (recordingName) => client().recordings.mute({ recordingName }),
    unmuteRecording: async (recordingName) => client().recordings.unmute({ recordingName }),
    getChannelVar: async (channelId, variable) =>
      (await client().channels.getChannelVar({ channelId, variable })).value,
    getApplicationChannels: async (applicationName) =>
      [(await client().applications.get({ applicationName })).channel_ids].flat(),
    getApplicationBridges: async (applicationName) =>
      [(await client().applications.get({ applicationName })).bridge_ids].flat(),
    ring: async (channelId) => client().channels.ring({ channelId }),
    originate: async ({ timeoutSeconds, ...leg }) => {
      await client().channels.originateWithId({
        ...leg,
        timeout: timeoutSeconds,
        variables: { variables: { FORWARD_CONTEXT: NO_FORWARDING } },
      });
    },
    // Without dtmf_events two SIP phones may be joined in a way in which their keys are not told of.
    createBridge: async (bridgeId) => {
      await client().bridges.createWithId({ bridgeId, type: 'mixing,dtmf_events' });
    },
    addToBridge: async (bridgeId, channelIds) =>
      client().bridges.addChannel({ bridgeId, channel: channelIds.join(',') }),
    getBridgeChannels: async (bridgeId) => [(await client().bridges.get({ bridgeId })).channels].flat(),
    destroyBridge: async (bridgeId) => client().bridges.destroy({ bridgeId }),
    playOnBridge: async (bridgeId, playbackId, media) => {
      await client().bridges.playWithId({ bridgeId, playbackId, media });
    },
    recordBridge: async (bridgeId, { append = false, ...options }) => {
      const ifExists = append ? 'append' : 'fail';
      await client().bridges.record({ bridgeId, ...options, ifExists, beep: false, terminateOn: 'none' });
    },
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
