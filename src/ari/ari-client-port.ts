/**
 * The real AriPort: the only file that talks to ari-client. It checks that Asterisk is there and knows us
 * before ari-client may load, because ari-client itself would end the process.
 */
import type { EventEmitter } from 'node:events';
import ari from 'ari-client';
import { AriError } from './ari-error.ts';
import type { AriEvent, AriPort } from './ari-port.ts';
import { HttpClient } from './http.ts';
import { cureSwaggerClient } from './swagger-cure.ts';

const EVENT_TYPES = [
  'StasisStart',
  'StasisEnd',
  'ChannelHangupRequest',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'PlaybackFinished',
  'RecordingFinished',
  'RecordingFailed',
] as const satisfies readonly AriEvent['type'][];

export interface AriSettings {
  readonly ariUrl: string;
  readonly ariUsername: string;
  readonly ariPassword: string;
}

/** Asterisk does not accept us, and trying again would not help: the settings must change. */
export class AriSettingsError extends Error {
  override readonly name = 'AriSettingsError';
}

/** A connection to Asterisk. One in a process: ari-client keeps one password for all of them. */
export interface AriConnection {
  readonly port: AriPort;
  /** Registers the Stasis application; from then on `onEvent` is called with its events. */
  listen(app: string, onEvent: (event: AriEvent) => void, onLost: () => void): Promise<void>;
  /** Closes all sockets. Calls stay in Stasis. */
  close(): void;
}

/**
 * Connects to Asterisk.
 * @throws AriSettingsError if the password is wrong, AriError if nothing usable answers
 */
export async function connectAri(settings: AriSettings): Promise<AriConnection> {
  const http = new HttpClient();
  try {
    await preflight(http, settings);
    cureSwaggerClient(http, settings.ariUrl);
    const client = await ari
      .connect(settings.ariUrl, settings.ariUsername, settings.ariPassword)
      .catch(asAriError);
    return new ClientConnection(client, http);
  } catch (error) {
    http.close();
    throw error;
  }
}

async function preflight(http: HttpClient, { ariUrl, ariUsername, ariPassword }: AriSettings): Promise<void> {
  const credentials = Buffer.from(`${ariUsername}:${ariPassword}`).toString('base64');
  const { status } = await http
    .send({
      method: 'GET',
      url: `${ariUrl}/ari/asterisk/info`,
      headers: { authorization: `Basic ${credentials}` },
    })
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new AriError(
        `nothing answers at ARI_URL=${ariUrl} (${why}): is Asterisk running, with http.conf enabled?`,
      );
    });
  if (status === 401) {
    throw new AriSettingsError(
      `Asterisk at ${ariUrl} refuses ARI_USERNAME and ARI_PASSWORD: they must equal a user in its ari.conf`,
    );
  }
  if (status !== 200) {
    throw new AriError(
      `Asterisk at ${ariUrl} answers ${status} to /ari/asterisk/info: is it fully booted, with res_ari loaded?`,
      status,
    );
  }
}

/** ari-client rejects with an Error, or with a bare string. */
function asAriError(error: unknown): never {
  throw error instanceof AriError
    ? error
    : new AriError(error instanceof Error ? error.message : String(error));
}

class ClientConnection implements AriConnection {
  readonly port: AriPort;
  readonly #client: ari.Client;
  readonly #http: HttpClient;

  constructor(client: ari.Client, http: HttpClient) {
    this.#client = client;
    this.#http = http;
    this.port = portOf(client);
  }

  async listen(app: string, onEvent: (event: AriEvent) => void, onLost: () => void): Promise<void> {
    // ari-client types each event as a class of its own; what arrives is Asterisk's JSON, which AriEvent describes.
    const events = this.#client as unknown as EventEmitter;
    for (const type of EVENT_TYPES) events.on(type, onEvent);
    events.on('WebSocketMaxRetries', onLost);
    await this.#client.start(app).catch(asAriError);
  }

  close(): void {
    this.#client.stop();
    this.#http.close();
  }
}

function portOf({ channels, playbacks, recordings }: ari.Client): AriPort {
  return {
    answer: (channelId) => channels.answer({ channelId }),
    hangup: (channelId) => channels.hangup({ channelId }),
    play: async (channelId, playbackId, media) => {
      await channels.playWithId({ channelId, playbackId, media });
    },
    stopPlayback: (playbackId) => playbacks.stop({ playbackId }),
    record: async (channelId, { append = false, ...options }) => {
      const ifExists = append ? 'append' : 'fail';
      await channels.record({ channelId, ...options, ifExists, beep: false, terminateOn: 'none' });
    },
    stopRecording: (recordingName) => recordings.stop({ recordingName }),
    cancelRecording: (recordingName) => recordings.cancel({ recordingName }),
    getStoredRecording: async (recordingName) => {
      await recordings.getStored({ recordingName });
    },
    deleteStoredRecording: (recordingName) => recordings.deleteStored({ recordingName }),
    copyStoredRecording: async (recordingName, destinationRecordingName) => {
      await recordings.copyStored({ recordingName, destinationRecordingName });
    },
    listStoredRecordings: async () => (await recordings.listStored()).map(({ name }) => name),
    getLiveRecording: async (recordingName) => {
      await recordings.getLive({ recordingName });
    },
    setChannelVar: (channelId, variable, value) => channels.setChannelVar({ channelId, variable, value }),
    continueInDialplan: (channelId) => channels.continueInDialplan({ channelId }),
  };
}
