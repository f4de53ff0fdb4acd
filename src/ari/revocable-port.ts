/**
 * Takes a daemon's hands off Asterisk when another has its calls: from then on nothing more is asked (what has been asked
 * already may still get there), and nothing is ever answered, so that whatever its calls were doing comes to a stop.
 */
import type { AriPort } from './ari-port.ts';
import { wrapOperations } from './wrap-operations.ts';

export interface RevocablePort {
  readonly port: AriPort;
  revoke(): void;
}

/** Each time another, which nobody keeps: one for all would keep whoever has ever waited for it. */
const never = () => new Promise<never>(() => {});

/** The same port, until it is revoked. */
export function revocablePort(inner: AriPort): RevocablePort {
  let isRevoked = false;
  const port = wrapOperations(inner, (operation) => (...args) => {
    if (isRevoked) return never();
    return operation(...args).finally(() => (isRevoked ? never() : undefined));
  });
  return { port, revoke: () => void (isRevoked = true) };
}
