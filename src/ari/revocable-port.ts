/**
 * Takes a daemon's hands off Asterisk when another has its calls: from then on nothing that it asks gets there, and
 * nothing is ever answered, so that whatever its calls were doing stops where it stands.
 */
import type { AriPort } from './ari-port.ts';

export interface RevocablePort {
  readonly port: AriPort;
  revoke(): void;
}

const NEVER = new Promise<never>(() => {});

/** The same port, until it is revoked. */
export function revocablePort(inner: AriPort): RevocablePort {
  let isRevoked = false;
  const port = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): Promise<unknown> => {
        if (isRevoked) return NEVER;
        const answer = Reflect.apply(value, target, args) as Promise<unknown>;
        return answer.finally(() => (isRevoked ? NEVER : undefined));
      };
    },
  });
  return { port, revoke: () => void (isRevoked = true) };
}
