/** The daemon: wires Asterisk to the router, and is started and stopped. */
import { connectAri } from './ari/ari-client-port.ts';
import { CallRouter } from './call-router.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';

export interface Daemon {
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
  const router = new CallRouter(connection.port, config, log);
  try {
    await connection.listen(app, (event) => router.route(event), onLost);
  } catch (error) {
    connection.close();
    throw error;
  }
  log.info({ app, url: config.ariUrl }, 'Waiting for calls');
  return {
    stop: () => {
      log.info({ calls: router.size }, 'Stopping');
      connection.close();
    },
  };
}
