/**
 * The real AriPort: the only file that talks to ari-client. It checks that Asterisk is there and knows us
 * before ari-client may load, because ari-client itself would end the process.
 */
import type { EventEmitter } from 'node:events';
import ari from 'ari-client';
import { AriError } from './ari-error.ts';
import type { AriEvent, AriPort } from './ari-port.ts';
import { DialplanCalls } from './dialplan-calls.ts';
import { HttpClient } from './http.ts';
import { cureSwaggerClient } from './swagger-cure.ts';

const EVENT_TYPES = [
  'StasisStart',
  'StasisEnd',
  'ChannelHangupRequest',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'PlaybackFinished',
  'RecordingStarted',
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

/** What is told to whoever listens to a connection. */
export interface AriListener {
  onEvent(event: AriEvent): void;
  /** The connection is lost; it is being tried again. */
  onDisconnected(): void;
  /** It is there again. */
  onReconnected(): void;
  /** It is lost for good. */
  onLost(): void;
}

/** A connection to Asterisk. One in a process: ari-client keeps one password for all of them. */
export interface AriConnection {
  readonly port: AriPort;
  /** Registers the Stasis application; from then on it is told of its events. */
  listen(app: string, listener: AriListener): Promise<void>;
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
  readonly #dialplanCalls: DialplanCalls;
  #app: string | undefined;

  constructor(client: ari.Client, http: HttpClient) {
    this.#client = client;
    this.#http = http;
    // Under the name of our application, or Asterisk would not tell us of the call's end.
    this.#dialplanCalls = new DialplanCalls((call) =>
      client.channels.originateWithId({ ...call, app: this.#app, formats: 'slin' }),
    );
    this.port = portOf(client, this.#dialplanCalls);
  }

  async listen(app: string, listener: AriListener): Promise<void> {
    // ari-client types each event as a class of its own; what arrives is Asterisk's JSON, which AriEvent describes.
    const events = this.#client as unknown as EventEmitter;
    const take = (event: AriEvent) => {
      if (!this.#dialplanCalls.take(event)) listener.onEvent(event);
    };
    for (const type of EVENT_TYPES) events.on(type, take);
    this.#app = app;
    // ari-client would go on trying for most of a minute, and say nothing.
    const refused = new Promise<never>((_, reject) => {
      events.once('WebSocketReconnecting', (error?: Error) => {
        reject(
          new AriError(
            `Asterisk refuses the events' WebSocket (${error?.message}): is res_ari_events loaded?`,
          ),
        );
      });
    });
    await Promise.race([refused, this.#client.start(app).catch(asAriError)]);
    refused.catch(() => {});
    let connected = true;
    events.on('WebSocketReconnecting', () => {
      if (connected) listener.onDisconnected();
      connected = false;
    });
    events.on('WebSocketConnected', () => {
      connected = true;
      listener.onReconnected();
    });
    events.on('WebSocketMaxRetries', () => listener.onLost());
  }

  close(): void {
    // Before it has begun, ari-client cannot be stopped.
    if (this.#app !== undefined) this.#client.stop();
    this.#http.close();
    this.#dialplanCalls.close();
  }
}

function portOf(
  { asterisk, channels, mailboxes, playbacks, recordings }: ari.Client,
  dialplanCalls: DialplanCalls,
): AriPort {
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
    getStoredRecordingFile: (recordingName) => recordings.getStoredFile({ recordingName }),
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
    // Described by every Asterisk's API documents, and so known to ari-client, whether the module is there or not.
    listMailboxes: async () => (await mailboxes.list()).map(({ name }) => name),
    updateMailbox: (mailboxName, newMessages) =>
      mailboxes.update({ mailboxName, newMessages, oldMessages: 0 }),
    getModuleStatus: async (moduleName) => (await asterisk.getModule({ moduleName })).status,
    callDialplan: (extension, context, variables) => dialplanCalls.call(extension, context, variables),
  };
}
