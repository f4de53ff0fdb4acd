/** The daemon's own connection to a real Asterisk, for tests of what is above it. */
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { AriConnection } from '../../src/ari/ari-connection.ts';
import type { AriEvent } from '../../src/ari/ari-port.ts';
import { createLog } from '../../src/log.ts';

/** Resolves when it is connected; rejects if Asterisk refuses it. The caller closes it. */
export function connectDaemon(
  { ari }: Pick<Sandbox, 'ari'>,
  onEvent: (event: AriEvent) => void,
): Promise<AriConnection> {
  const settings = { ariUrl: ari.url, ariUsername: ari.username, ariPassword: ari.password };
  const connection = new AriConnection(settings, 'vm-record', createLog('silent'));
  return new Promise((resolve, reject) => {
    void connection.keep({
      onConnecting: () => {},
      onEvent,
      onConnected: () => resolve(connection),
      onDisconnected: () => {},
      onReplaced: () => {},
      onRefused: reject,
    });
  });
}
