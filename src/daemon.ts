/** The daemon: wires Asterisk to the router and to message waiting, and is started and stopped. */
import { connectAri } from './ari/ari-client-port.ts';
import { CallRouter } from './call-router.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { MessageIndex } from './mailbox/message-index.ts';
import { MessageWaiting } from './mailbox/message-waiting.ts';
import { chooseMwiBackend } from './mailbox/mwi-choice.ts';

/** A refresh that Asterisk did not answer is tried again after this. */
const REFRESH_AGAIN_MS = 10_000;

export interface Daemon {
  /** Counts all messages anew, and publishes every count. A failure is logged. */
  refresh(): Promise<void>;
  /** Closes the connection. Nobody is hung up: callers stay in Stasis. */
  stop(): void;
}

/**
 * Connects, and takes the calls of the Stasis application `app` from then on.
 * @param onLost called when the connection is lost for good
 * @throws AriSettingsError, AriError if there is no usable Asterisk
 */
export async function startDaemon(
  app: string,
  config: Config,
  log: Logger,
  onLost: () => void,
): Promise<Daemon> {
  const connection = await connectAri(config);
  const ari = connection.port;
  const index = new MessageIndex();
  const messageWaiting = new MessageWaiting({ index, mailboxes: config.mailboxes, log });
  const router = new CallRouter(ari, config, log, index);

  let again: NodeJS.Timeout | undefined;
  const refresh = async () => {
    try {
      const backend = await chooseMwiBackend(config.mwi, ari, config.context, log);
      await index.load(ari, (name) => router.isInProgress(name));
      messageWaiting.publishAll(backend);
    } catch (error) {
      log.error({ err: error }, 'Could not refresh message waiting: trying again');
      clearTimeout(again);
      again = setTimeout(() => void refresh(), REFRESH_AGAIN_MS);
    }
  };

  try {
    await connection.listen(app, {
      onEvent: (event) => {
        try {
          router.route(event);
        } catch (error) {
          log.error({ err: error, event: event.type }, 'Could not handle an event');
        }
      },
      onDisconnected: () => log.warn('Lost the connection to Asterisk: trying again'),
      onReconnected: () => {
        log.info('Connected to Asterisk again');
        void refresh();
      },
      onLost,
    });
  } catch (error) {
    connection.close();
    throw error;
  }
  await refresh();
  return {
    refresh,
    stop: () => {
      log.info({ calls: router.size }, 'Stopping');
      clearTimeout(again);
      messageWaiting.stop();
      connection.close();
    },
  };
}
