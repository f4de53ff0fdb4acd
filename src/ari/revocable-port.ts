/**
 * Takes a daemon's hands off Asterisk when another has its calls: from then on nothing more is asked (what has been asked
 * already may still get there), and nothing is ever answered, so that whatever its calls were doing comes to a stop.
 */
import type { AriPort } from './ari-port.ts';

export interface RevocablePort {
  readonly port: AriPort;
  revoke(): void;
}

/** Each time another, which nobody keeps: one for all would keep whoever has ever waited for it. */
const never = () => new Promise<never>(() => {});

/** The same port, until it is revoked. */
export function revocablePort(inner: AriPort): RevocablePort {
  let isRevoked = false;
  const port = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): Promise<unknown> => {
        if (isRevoked) return never();
        const answer = Reflect.apply(value, target, args) as Promise<unknown>;
        return answer.finally(() => (isRevoked ? never() : undefined));
      };
    },
  });
  return { port, revoke: () => void (isRevoked = true) };
}
